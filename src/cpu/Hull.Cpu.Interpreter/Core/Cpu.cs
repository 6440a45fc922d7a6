using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Hull.Machine;

namespace Hull.Cpu.Interpreter;

/// <summary>General registers plus a zero register and the address of the running block.</summary>
[InlineArray(18)]
internal struct RegisterFile
{
    private ulong _first;
}

/// <summary>One translation: guest page and what to add to a guest address to get a host address.</summary>
internal struct TlbEntry
{
    public ulong Tag;
    public nint Addend;
}

/// <summary>The state and the parts of one interpreted processor. Handlers are static methods beside it that take it first.</summary>
// SAFETY: pointers are (a) TLB entries inside _tlb, indexed with a mask; (b) host addresses that IGuestPages handed out and keeps
// alive until ForgetPages is served; (c) operations of the block cache. All belong to the processor's own thread.
internal sealed unsafe partial class Cpu : IDisposable
{
    internal RegisterFile R;

    // Lazy status flags, see Cpu.Flags.cs.
    internal long FlagResult;
    internal ulong FlagCarry;

    internal TlbEntry* Tlb;
    internal volatile int Attention;

    /// <summary>Where the next block begins; handlers that end a block set it.</summary>
    internal ulong Rip;

    /// <summary>RFLAGS without the six status flags.</summary>
    internal ulong FlagsRest = Rf.Fixed;

    internal int Cpl;
    internal bool Long;      // EFER.LMA
    internal bool Code64;    // 64-bit mode
    internal uint ModeKey;
    internal ulong Cr0, Cr2, Cr3, Cr4, Efer, Xcr0 = 1;
    internal readonly SegmentState[] Seg = new SegmentState[6];
    internal SegmentState Ldtr, Tr;
    internal TableState Gdtr, Idtr;
    internal readonly ulong[] Dr = new ulong[8];
    internal ulong Star, Lstar, Cstar, Fmask, KernelGsBase, SysenterCs, SysenterEsp, SysenterEip, Pat, TscAux, MiscEnable, SpecCtrl, TscOffset;
    internal ActivityState Activity;
    internal byte Shadow;
    internal bool NmiBlocked;

    internal VectorRegisters V;
    internal uint Mxcsr = 0x1F80;

    internal IGuestIo Io = SilentBoard.Instance;
    internal readonly IGuestPages Pages;
    internal readonly BlockCache Blocks;

    // The fault that is being raised: handlers set it and return null.
    internal bool Faulted;
    internal int FaultVector;
    internal uint FaultError;
    internal Op* FaultOp;

    internal Cpu(IGuestPages pages)
    {
        Pages = pages;
        _tlb = (TlbEntry*)NativeMemory.AlignedAlloc((nuint)(TlbSets * TlbSetEntries * sizeof(TlbEntry)), 64);
        _exec = (ExecEntry*)NativeMemory.AlignedAlloc((nuint)(2 * ExecEntries * sizeof(ExecEntry)), 64);
        _phys = (PhysEntry*)NativeMemory.AlignedAlloc((nuint)(2 * PhysEntries * sizeof(PhysEntry)), 64);
        _jumps = (JumpEntry*)NativeMemory.AlignedAlloc((nuint)(JumpEntries * sizeof(JumpEntry)), 64);
        NativeMemory.Clear(_jumps, (nuint)(JumpEntries * sizeof(JumpEntry)));
        Tlb = _tlb;
        Blocks = new BlockCache();
        FlushTlb();
        FlushPhysical();
        _listener = pages.CodePages.Subscribe(OnCodePage);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ref ulong Reg(int offset) =>
        ref Unsafe.As<byte, ulong>(ref Unsafe.AddByteOffset(ref Unsafe.As<RegisterFile, byte>(ref R), offset));

    /// <summary>Reads a register, zero-extended.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ulong Get<T>(int offset)
        where T : unmanaged
    {
        ref byte at = ref Unsafe.AddByteOffset(ref Unsafe.As<RegisterFile, byte>(ref R), offset);
        return sizeof(T) switch
        {
            1 => at,
            2 => Unsafe.As<byte, ushort>(ref at),
            4 => Unsafe.As<byte, uint>(ref at),
            _ => Unsafe.As<byte, ulong>(ref at),
        };
    }

    /// <summary>Writes a register: 32-bit writes clear the upper half, smaller ones keep it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Set<T>(int offset, ulong value)
        where T : unmanaged
    {
        ref byte at = ref Unsafe.AddByteOffset(ref Unsafe.As<RegisterFile, byte>(ref R), offset);
        switch (sizeof(T))
        {
            case 1:
                at = (byte)value;
                break;
            case 2:
                Unsafe.As<byte, ushort>(ref at) = (ushort)value;
                break;
            case 4:
                Unsafe.As<byte, ulong>(ref at) = (uint)value;
                break;
            default:
                Unsafe.As<byte, ulong>(ref at) = value;
                break;
        }
    }

    internal ulong GetSized(int offset, int size) => size switch
    {
        1 => Get<byte>(offset),
        2 => Get<ushort>(offset),
        4 => Get<uint>(offset),
        _ => Get<ulong>(offset),
    };

    internal void SetSized(int offset, int size, ulong value)
    {
        switch (size)
        {
            case 1:
                Set<byte>(offset, value);
                break;
            case 2:
                Set<ushort>(offset, value);
                break;
            case 4:
                Set<uint>(offset, value);
                break;
            default:
                Set<ulong>(offset, value);
                break;
        }
    }

    /// <summary>The linear address of an operation's memory operand.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ulong Ea(Op* op)
    {
        ulong offset = Reg(op->Base) + (Reg(op->Index) << op->Scale) + (ulong)(long)op->Disp;
        return op->Mode == 0 ? offset : Linear(op, offset);
    }

    /// <summary>The address of an operand whose mode is 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ulong Flat(Op* op) => Reg(op->Base) + (Reg(op->Index) << op->Scale) + (ulong)(long)op->Disp;

    /// <summary>The offset of the memory operand, as LEA computes it.</summary>
    internal ulong Offset(Op* op)
    {
        ulong offset = Reg(op->Base) + (Reg(op->Index) << op->Scale) + (ulong)(long)op->Disp;
        return (op->Mode & AddressMode.Wrap32) != 0 ? (uint)offset
            : (op->Mode & AddressMode.Wrap16) != 0 ? (ushort)offset
            : offset;
    }

    internal ulong Linear(Op* op, ulong offset)
    {
        offset = (op->Mode & AddressMode.Wrap32) != 0 ? (uint)offset
            : (op->Mode & AddressMode.Wrap16) != 0 ? (ushort)offset
            : offset;
        if ((op->Mode & AddressMode.Check) == 0)
        {
            return (op->Mode & AddressMode.Base) != 0 ? offset + Seg[op->Segment].Base : offset;
        }

        return CheckedLinear(op->Segment, offset, op->Bytes, op->Writes);
    }

    /// <summary>The address of a later part of a wide operand: 32-bit addresses of 64-bit code wrap for each part anew.</summary>
    internal ulong Part(Op* op, ulong at, int delta) => Code64 && (op->Mode & AddressMode.Wrap32) != 0
        ? Linear(op, Offset(op) + (ulong)delta)
        : at + (ulong)delta;

    /// <summary>A part of a wide operand that the segment is asked for by itself: a fault of an earlier part comes before its limit.</summary>
    internal ulong PartLinear(Op* op, int delta, int bytes) => (op->Mode & AddressMode.Check) != 0
        ? CheckedLinear(op->Segment, Offset(op) + (ulong)delta, bytes, op->Writes)
        : Part(op, Ea(op), delta);

    /// <summary>Raises an exception at an operation.</summary>
    internal Op* Fault(Op* op, int vector, uint error = 0)
    {
        Faulted = true;
        FaultVector = vector;
        FaultError = error;
        FaultOp = op;
        return null;
    }

    public void Dispose()
    {
        Pages.CodePages.Unsubscribe(_listener);
        Blocks.Dispose();
        NativeMemory.AlignedFree(_tlb);
        NativeMemory.AlignedFree(_exec);
        NativeMemory.AlignedFree(_phys);
        NativeMemory.AlignedFree(_jumps);
        _tlb = null;
        _exec = null;
        _phys = null;
        _jumps = null;
    }
}
