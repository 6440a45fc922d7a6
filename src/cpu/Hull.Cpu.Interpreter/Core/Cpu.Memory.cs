using System.Runtime.CompilerServices;
using Hull.Machine;

namespace Hull.Cpu.Interpreter;

/// <summary>Guest memory: the TLB in front, the page walk and devices behind.</summary>
// SAFETY: see Cpu.cs; a TLB tag matches only when all bytes of the access lie in that one page.
internal sealed unsafe partial class Cpu
{
    internal const int TlbSize = 1024;
    internal const int TlbSetEntries = 2 * TlbSize; // reads, then writes
    internal const int TlbSets = 4;
    internal const int SetUser = 0, SetKernel = 1, SetKernelAc = 2, SetNever = 3;
    private const int PhysEntries = 512;
    private const ulong PageMask = ~0xFFFul;
    private const ulong NoTag = 1;

    private TlbEntry* _tlb;
    private PhysEntry* _phys;
    private readonly bool[] _setUsed = new bool[TlbSets];
    private static readonly Lock s_splitLock = new();

    private struct PhysEntry
    {
        public ulong Page;
        public nint Host;
    }

    /// <summary>Reads when the TLB has the page; never faults, never calls: what is left of a handler needs no stack frame.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool Hit<T>(ulong address, out T value)
        where T : unmanaged
    {
        TlbEntry* entry = Tlb + ((address >> 12) & (TlbSize - 1));
        bool hit = ((address + (ulong)(sizeof(T) - 1)) & PageMask) == entry->Tag;
        value = hit ? Unsafe.ReadUnaligned<T>((void*)((nint)address + entry->Addend)) : default;
        return hit;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool Read<T>(Op* op, ulong address, out T value)
        where T : unmanaged
    {
        TlbEntry* entry = Tlb + ((address >> 12) & (TlbSize - 1));
        if (((address + (ulong)(sizeof(T) - 1)) & PageMask) == entry->Tag)
        {
            value = Unsafe.ReadUnaligned<T>((void*)((nint)address + entry->Addend));
            return true;
        }

        return ReadSlow(op, address, out value);
    }

    /// <summary>Reads an integer, zero-extended.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool Load<T>(Op* op, ulong address, out ulong value)
        where T : unmanaged
    {
        bool done = Read(op, address, out T raw);
        value = Widen(raw);
        return done;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong Widen<T>(T raw)
        where T : unmanaged => sizeof(T) switch
        {
            1 => Unsafe.BitCast<T, byte>(raw),
            2 => Unsafe.BitCast<T, ushort>(raw),
            4 => Unsafe.BitCast<T, uint>(raw),
            _ => Unsafe.BitCast<T, ulong>(raw),
        };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool Write<T>(Op* op, ulong address, T value)
        where T : unmanaged
    {
        TlbEntry* entry = Tlb + TlbSize + ((address >> 12) & (TlbSize - 1));
        if (((address + (ulong)(sizeof(T) - 1)) & PageMask) == entry->Tag)
        {
            Unsafe.WriteUnaligned((void*)((nint)address + entry->Addend), value);
            return true;
        }

        return WriteSlow(op, address, value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool Store<T>(Op* op, ulong address, ulong value)
        where T : unmanaged => Write(op, address, Unsafe.As<ulong, T>(ref value));

    /// <summary>A host address for read-modify-write, or null: then use RmwBegin and RmwEnd.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal T* Direct<T>(ulong address)
        where T : unmanaged
    {
        TlbEntry* entry = Tlb + TlbSize + ((address >> 12) & (TlbSize - 1));
        return ((address + (ulong)(sizeof(T) - 1)) & PageMask) == entry->Tag ? (T*)((nint)address + entry->Addend) : null;
    }

    /// <summary>A host address for reading bytes up to the page's end, or null.</summary>
    internal byte* DirectRead(ulong address)
    {
        TlbEntry* entry = Tlb + ((address >> 12) & (TlbSize - 1));
        return (address & PageMask) == entry->Tag ? (byte*)((nint)address + entry->Addend) : null;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool ReadSlow<T>(Op* op, ulong address, out T value)
        where T : unmanaged
    {
        T buffer = default;
        bool done = Access(op, address, sizeof(T), AccessKind.Read, (byte*)&buffer, CurrentSet);
        value = buffer;
        return done;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool WriteSlow<T>(Op* op, ulong address, T value)
        where T : unmanaged => Access(op, address, sizeof(T), AccessKind.Write, (byte*)&value, CurrentSet);

    /// <summary>First half of a slow read-modify-write: checks for writing, then reads.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal bool RmwBegin<T>(Op* op, ulong address, out ulong value)
        where T : unmanaged
    {
        T buffer = default;
        bool done = Access(op, address, sizeof(T), AccessKind.Modify, (byte*)&buffer, CurrentSet);
        value = Widen(buffer);
        return done;
    }

    /// <summary>Second half; cannot fault after RmwBegin.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal void RmwEnd<T>(Op* op, ulong address, ulong value)
        where T : unmanaged => Access(op, address, sizeof(T), AccessKind.Write, (byte*)&value, CurrentSet);

    internal bool ReadBytes(Op* op, ulong address, void* destination, int size) =>
        Access(op, address, size, AccessKind.Read, (byte*)destination, CurrentSet);

    internal bool WriteBytes(Op* op, ulong address, void* source, int size) =>
        Access(op, address, size, AccessKind.Write, (byte*)source, CurrentSet);

    /// <summary>Makes sure that a range can be written, without changing it.</summary>
    internal bool CheckWrite(Op* op, ulong address, int size)
    {
        byte* buffer = stackalloc byte[size];
        return Access(op, address, size, AccessKind.Modify, buffer, CurrentSet);
    }

    /// <summary>Reads a system structure (descriptor, TSS, IDT): always with supervisor rights.</summary>
    internal bool ReadSystem<T>(ulong address, out T value)
        where T : unmanaged
    {
        T buffer = default;
        bool done = Access(null, address, sizeof(T), AccessKind.Read, (byte*)&buffer, SetKernel);
        value = buffer;
        return done;
    }

    internal bool WriteSystem<T>(ulong address, T value)
        where T : unmanaged => Access(null, address, sizeof(T), AccessKind.Write, (byte*)&value, SetKernel);

    internal enum AccessKind
    {
        Read,
        Write,
        Modify,
    }

    /// <summary>The TLB set of the current privilege level.</summary>
    internal int CurrentSet => Cpl == 3 ? SetUser : (FlagsRest & Rf.AC) != 0 && (Cr4 & Cr.SMAP) != 0 ? SetKernelAc : SetKernel;

    /// <summary>Whether an unaligned access raises #AC.</summary>
    internal bool ChecksAlignment => Cpl == 3 && (Cr0 & Cr.AM) != 0 && (FlagsRest & Rf.AC) != 0;

    /// <summary>Chooses the TLB set; call after every change of CPL, AC, CR0, CR4, DR7.</summary>
    internal void SelectSet()
    {
        bool watch = (Dr[7] & 0xFF) != 0;
        int set = watch || ChecksAlignment ? SetNever : CurrentSet;
        Tlb = _tlb + (set * TlbSetEntries);
    }

    private bool Access(Op* op, ulong address, int size, AccessKind kind, byte* buffer, int set)
    {
        // Outside 64-bit code the parts of an operand beyond 4 GiB lie at its beginning.
        address = Code64 || op == null || _segmentFault != 0 ? address : (uint)address;

        // Alignment is looked at before the end of an access that leaves the canonical half.
        if (Tlb == _tlb + (SetNever * TlbSetEntries) && op != null && IsCanonical(address) && !CheckSpecial(op, address, size, kind))
        {
            return false;
        }

        if (!IsCanonical(address) || !IsCanonical(address + (ulong)(size - 1)))
        {
            if (_segmentFault != 0)
            {
                int vector = _segmentFault;
                _segmentFault = 0;
                Fault(op, vector);
                return false;
            }

            Fault(op, op != null && op->Segment == Sr.SS ? Vec.SS : Vec.GP);
            return false;
        }

        int first = (int)Math.Min((ulong)size, 0x1000 - (address & 0xFFF));
        if (!Translate(op, address, kind != AccessKind.Read, set, out ulong physical))
        {
            return false;
        }

        if (first == size)
        {
            Transfer(physical, size, kind, buffer, set, address);
            return true;
        }

        ulong next = address + (ulong)first;
        next = Code64 || op == null ? next : (uint)next;
        if (!Translate(op, next, kind != AccessKind.Read, set, out ulong second))
        {
            return false;
        }

        Transfer(physical, first, kind, buffer, set, address);
        Transfer(second, size - first, kind, buffer + first, set, next);
        return true;
    }

    private bool CheckSpecial(Op* op, ulong address, int size, AccessKind kind)
    {
        if (ChecksAlignment && size is 2 or 4 or 8 or 10 && (address & (ulong)((size == 10 ? 8 : size) - 1)) != 0)
        {
            Fault(op, Vec.AC);
            return false;
        }

        CheckDataBreakpoints(address, size, kind != AccessKind.Read);
        return true;
    }

    /// <summary>Outside long mode only a segment violation (marked by <see cref="CheckedLinear"/>) is no address.</summary>
    internal bool IsCanonical(ulong address) => Long ? (ulong)((long)(address << 16) >> 16) == address : _segmentFault == 0;

    /// <summary>Moves bytes between a buffer and one physical page, and remembers RAM in the TLB.</summary>
    private void Transfer(ulong physical, int size, AccessKind kind, byte* buffer, int set, ulong address)
    {
        bool write = kind == AccessKind.Write;
        nint host = PhysicalPage(physical, write);
        if (host == 0)
        {
            TransferDevice(physical, size, kind, buffer);
            return;
        }

        byte* at = (byte*)host + (physical & 0xFFF);
        if (!write)
        {
            Move(buffer, at, size);
            Remember(address, host, set, kind == AccessKind.Modify ? physical : ulong.MaxValue);
            return;
        }

        Move(at, buffer, size);
        Interlocked.MemoryBarrier(); // pairs with CodePages.Mark: the bytes are there before the mark is looked at
        if (Pages.CodePages.IsMarked(new GuestAddress(physical)))
        {
            CodeWritten(physical, size);
            return;
        }

        Remember(address, host, set, physical);
    }

    // Aligned accesses up to 8 bytes are single for other processors too.
    private static void Move(byte* to, byte* from, int size)
    {
        switch (size)
        {
            case 1:
                *to = *from;
                break;
            case 2:
                *(ushort*)to = *(ushort*)from;
                break;
            case 4:
                *(uint*)to = *(uint*)from;
                break;
            case 8:
                *(ulong*)to = *(ulong*)from;
                break;
            default:
                Unsafe.CopyBlockUnaligned(to, from, (uint)size);
                break;
        }
    }

    private void Remember(ulong address, nint host, int set, ulong physicalForWrite)
    {
        ulong page = address & PageMask;
        int index = (int)((address >> 12) & (TlbSize - 1));
        TlbEntry* entry = _tlb + (set * TlbSetEntries) + index;
        _setUsed[set] = true;
        entry->Addend = host - (nint)page;
        entry->Tag = page;
        if (physicalForWrite != ulong.MaxValue
            && !Pages.CodePages.IsMarked(new GuestAddress(physicalForWrite))
            && PhysicalPage(physicalForWrite, true) == host)
        {
            entry += TlbSize;
            entry->Addend = host - (nint)page;
            entry->Tag = page;
        }
    }

    private void TransferDevice(ulong physical, int size, AccessKind kind, byte* buffer)
    {
        while (size > 0)
        {
            int part = size >= 8 ? 8 : size >= 4 ? 4 : size >= 2 ? 2 : 1;
            if (kind == AccessKind.Write)
            {
                ulong value = 0;
                Unsafe.CopyBlockUnaligned(&value, buffer, (uint)part);
                Io.WriteMemory(new GuestAddress(physical), part, value);
            }
            else
            {
                ulong value = Io.ReadMemory(new GuestAddress(physical), part);
                Unsafe.CopyBlockUnaligned(buffer, &value, (uint)part);
            }

            physical += (ulong)part;
            buffer += part;
            size -= part;
        }
    }

    /// <summary>Host address of a physical page, or 0 when it is no RAM.</summary>
    internal nint PhysicalPage(ulong physical, bool write)
    {
        PhysEntry* entry = _phys + (write ? PhysEntries : 0) + ((physical >> 12) & (PhysEntries - 1));
        ulong page = physical & PageMask;
        if (entry->Page == page)
        {
            return entry->Host;
        }

        if (!Pages.TryGetPage(new GuestAddress(page), write, out nint host))
        {
            return 0;
        }

        entry->Page = page;
        entry->Host = host;
        return host;
    }

    internal void FlushPhysical()
    {
        for (int i = 0; i < 2 * PhysEntries; i++)
        {
            _phys[i].Page = NoTag;
        }
    }

    internal void FlushTlb()
    {
        for (int set = 0; set < TlbSets; set++)
        {
            if (_setUsed[set] || !_tlbReady)
            {
                TlbEntry* entry = _tlb + (set * TlbSetEntries);
                for (int i = 0; i < TlbSetEntries; i++)
                {
                    entry[i].Tag = NoTag;
                }

                _setUsed[set] = false;
            }
        }

        _tlbReady = true;
        FlushExec();
    }

    internal void FlushTlbPage(ulong address)
    {
        int index = (int)((address >> 12) & (TlbSize - 1));
        for (int half = 0; half < 2 * TlbSets; half++)
        {
            _tlb[(half * TlbSize) + index].Tag = NoTag;
        }

        FlushExecPage(address);
    }

    /// <summary>Takes write access to one physical page out of the TLB (the page now holds code).</summary>
    /// <returns>Whether there was some.</returns>
    private bool DropWritable(ulong page)
    {
        bool found = false;
        if (!Pages.TryGetPage(new GuestAddress(page), false, out nint host))
        {
            return found;
        }

        for (int set = 0; set < TlbSets; set++)
        {
            TlbEntry* entry = _tlb + (set * TlbSetEntries) + TlbSize;
            for (int i = 0; _setUsed[set] && i < TlbSize; i++)
            {
                if (entry[i].Tag != NoTag && entry[i].Addend + (nint)entry[i].Tag == host)
                {
                    entry[i].Tag = NoTag;
                    found = true;
                }
            }
        }

        return found;
    }

    private bool _tlbReady;
}
