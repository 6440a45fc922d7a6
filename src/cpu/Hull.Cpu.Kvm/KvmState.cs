using System.Buffers.Binary;
using Hull.Linux;
using Hull.Machine;

namespace Hull.Cpu.Kvm;

/// <summary>Moves a processor's state between KVM's structures and the one all processors share.</summary>
/// <remarks>Source: the kernel's Documentation/virt/kvm/api.rst; Intel SDM vol. 1 §13.4 for the XSAVE area.</remarks>
internal static class KvmState
{
    private const int YmmOffset = 576;
    private const int XsaveHeader = 512;
    private const ulong X87SseAvx = 7;
    private const ulong ApicBase = 0xFEE0_0800;
    /// <summary>Bytes of struct kvm_vcpu_events.</summary>
    internal const int EventBytes = 64;

    /// <summary>Where it says whether an interrupt waits to be delivered; its vector and kind follow.</summary>
    internal const int InterruptInjected = 8;

    /// <summary>Where it says whether an NMI waits to be delivered, injected and pending.</summary>
    internal const int NmiInjected = 12;

    private const int NmiMaskedOffset = 14;
    private const int ShadowOffset = 11;

    // KVM: RAX RBX RCX RDX RSI RDI RSP RBP; the encoding: RAX RCX RDX RBX RSP RBP RSI RDI.
    private static ReadOnlySpan<byte> Order => [0, 3, 1, 2, 6, 7, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15];

    internal static void Save(KvmVcpu vcpu, ref ProcessorState state)
    {
        KvmRegs regs = vcpu.GetRegs();
        for (int i = 0; i < Order.Length; i++)
        {
            state.General[Order[i]] = regs.General[i];
        }

        state.Rip = regs.Rip;
        state.Rflags = regs.Rflags;
        KvmSregs system = vcpu.GetSregs();
        state.Cs = From(system.Cs);
        state.Ds = From(system.Ds);
        state.Es = From(system.Es);
        state.Fs = From(system.Fs);
        state.Gs = From(system.Gs);
        state.Ss = From(system.Ss);
        state.Tr = From(system.Tr);
        state.Ldtr = From(system.Ldt);
        state.Gdtr = new TableState { Base = system.GdtBase, Limit = (ushort)system.GdtLimit };
        state.Idtr = new TableState { Base = system.IdtBase, Limit = (ushort)system.IdtLimit };
        (state.Cr0, state.Cr2, state.Cr3, state.Cr4) = (system.Cr0, system.Cr2, system.Cr3, system.Cr4);
        state.Efer = system.Efer;
        state.Xcr0 = vcpu.Xcr0;
        SaveMsrs(vcpu, ref state);
        SaveVectors(vcpu, ref state);
        Span<ulong> debug = stackalloc ulong[6];
        vcpu.GetDebug(debug);
        (state.Dr0, state.Dr1, state.Dr2, state.Dr3) = (debug[0], debug[1], debug[2], debug[3]);
        (state.Dr6, state.Dr7) = (debug[4], debug[5]);
        Span<byte> events = stackalloc byte[EventBytes];
        vcpu.GetEvents(events);
        state.NmiBlocked = events[NmiMaskedOffset] != 0;
        state.InterruptShadow = (byte)(((events[ShadowOffset] & 2) >> 1) | ((events[ShadowOffset] & 1) << 1));
    }

    internal static void Load(KvmVcpu vcpu, in ProcessorState state, bool keepsApic)
    {
        KvmSregs system = vcpu.GetSregs();
        system.Cs = To(state.Cs);
        system.Ds = To(state.Ds);
        system.Es = To(state.Es);
        system.Fs = To(state.Fs);
        system.Gs = To(state.Gs);
        system.Ss = To(state.Ss);
        system.Tr = To(state.Tr);
        system.Ldt = To(state.Ldtr);
        (system.GdtBase, system.GdtLimit) = (state.Gdtr.Base, state.Gdtr.Limit);
        (system.IdtBase, system.IdtLimit) = (state.Idtr.Base, state.Idtr.Limit);
        (system.Cr0, system.Cr2, system.Cr3, system.Cr4) = (state.Cr0, state.Cr2, state.Cr3, state.Cr4);
        system.Efer = state.Efer;
        system.ApicBase = keepsApic ? system.ApicBase : ApicBase;
        system.InterruptBitmap = default;
        vcpu.SetSregs(system);
        KvmRegs regs = new() { Rip = state.Rip, Rflags = state.Rflags };
        for (int i = 0; i < Order.Length; i++)
        {
            regs.General[i] = state.General[Order[i]];
        }

        vcpu.SetRegs(regs);
        LoadVectors(vcpu, in state);
        vcpu.Xcr0 = state.Xcr0;
        LoadMsrs(vcpu, in state);
        vcpu.SetDebug([state.Dr0, state.Dr1, state.Dr2, state.Dr3, state.Dr6, state.Dr7]);
        Span<byte> events = stackalloc byte[EventBytes];
        vcpu.GetEvents(events);
        events[NmiMaskedOffset] = state.NmiBlocked ? (byte)1 : (byte)0;
        events[ShadowOffset] = (byte)(((state.InterruptShadow & 1) << 1) | ((state.InterruptShadow & 2) >> 1));
        const uint ValidShadow = 4;
        BinaryPrimitives.WriteUInt32LittleEndian(events[20..], ValidShadow);
        vcpu.SetEvents(events);
    }

    private static SegmentState From(KvmSegment segment)
    {
        bool isPresent = segment.Present != 0 && segment.Unusable == 0;
        int attributes = segment.Type | (segment.S << 4) | (segment.Dpl << 5) | (isPresent ? 0x80 : 0)
            | (segment.Avl << 12) | (segment.L << 13) | (segment.Db << 14) | (segment.G << 15);
        return new SegmentState
        {
            Base = segment.Base,
            Limit = segment.Limit,
            Selector = segment.Selector,
            Attributes = (ushort)attributes,
        };
    }

    private static KvmSegment To(SegmentState segment)
    {
        int attributes = segment.Attributes;
        return new KvmSegment
        {
            Base = segment.Base,
            Limit = segment.Limit,
            Selector = segment.Selector,
            Type = (byte)(attributes & 0xF),
            S = (byte)(attributes >> 4 & 1),
            Dpl = (byte)(attributes >> 5 & 3),
            Present = (byte)(attributes >> 7 & 1),
            Avl = (byte)(attributes >> 12 & 1),
            L = (byte)(attributes >> 13 & 1),
            Db = (byte)(attributes >> 14 & 1),
            G = (byte)(attributes >> 15 & 1),
            Unusable = (byte)(~attributes >> 7 & 1),
        };
    }

    private static void SaveMsrs(KvmVcpu vcpu, ref ProcessorState state)
    {
        state.Star = vcpu.GetMsr(0xC000_0081);
        state.Lstar = vcpu.GetMsr(0xC000_0082);
        state.Cstar = vcpu.GetMsr(0xC000_0083);
        state.Fmask = vcpu.GetMsr(0xC000_0084);
        state.KernelGsBase = vcpu.GetMsr(0xC000_0102);
        state.TscAux = vcpu.GetMsr(0xC000_0103);
        state.SysenterCs = vcpu.GetMsr(0x174);
        state.SysenterEsp = vcpu.GetMsr(0x175);
        state.SysenterEip = vcpu.GetMsr(0x176);
        state.Pat = vcpu.GetMsr(0x277);
        state.MiscEnable = vcpu.GetMsr(0x1A0);
        state.SpecCtrl = vcpu.GetMsr(0x48);
    }

    private static void LoadMsrs(KvmVcpu vcpu, in ProcessorState state)
    {
        vcpu.SetMsr(0xC000_0081, state.Star);
        vcpu.SetMsr(0xC000_0082, state.Lstar);
        vcpu.SetMsr(0xC000_0083, state.Cstar);
        vcpu.SetMsr(0xC000_0084, state.Fmask);
        vcpu.SetMsr(0xC000_0102, state.KernelGsBase);
        vcpu.SetMsr(0xC000_0103, state.TscAux);
        vcpu.SetMsr(0x174, state.SysenterCs);
        vcpu.SetMsr(0x175, state.SysenterEsp);
        vcpu.SetMsr(0x176, state.SysenterEip);
        vcpu.SetMsr(0x277, state.Pat);
        vcpu.SetMsr(0x1A0, state.MiscEnable);
        vcpu.SetMsr(0x48, state.SpecCtrl);
    }

    // The FXSAVE image keeps x87 registers by stack position, the shared state by number.
    private static void SaveVectors(KvmVcpu vcpu, ref ProcessorState state)
    {
        byte[] area = new byte[KvmVcpu.XsaveBytes];
        vcpu.GetXsave(area);
        ReadOnlySpan<byte> bytes = area;
        state.FpuControl = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
        state.FpuStatus = BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]);
        state.FpuTags = bytes[4];
        state.FpuOpcode = BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..]);
        state.FpuInstruction = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]);
        state.FpuData = BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]);
        state.Mxcsr = BinaryPrimitives.ReadUInt32LittleEndian(bytes[24..]);
        int top = (state.FpuStatus >> 11) & 7;
        for (int i = 0; i < 8; i++)
        {
            ReadOnlySpan<byte> register = bytes.Slice(32 + (i * 16), 10);
            state.FloatingPoint[(top + i) & 7] = new FloatingPointRegister
            {
                Significand = BinaryPrimitives.ReadUInt64LittleEndian(register),
                SignExponent = BinaryPrimitives.ReadUInt16LittleEndian(register[8..]),
            };
        }

        for (int i = 0; i < 16; i++)
        {
            state.Vector[4 * i] = BinaryPrimitives.ReadUInt64LittleEndian(bytes[(160 + (16 * i))..]);
            state.Vector[(4 * i) + 1] = BinaryPrimitives.ReadUInt64LittleEndian(bytes[(168 + (16 * i))..]);
            state.Vector[(4 * i) + 2] = BinaryPrimitives.ReadUInt64LittleEndian(bytes[(YmmOffset + (16 * i))..]);
            state.Vector[(4 * i) + 3] = BinaryPrimitives.ReadUInt64LittleEndian(bytes[(YmmOffset + 8 + (16 * i))..]);
        }
    }

    private static void LoadVectors(KvmVcpu vcpu, in ProcessorState state)
    {
        byte[] area = new byte[KvmVcpu.XsaveBytes];
        Span<byte> bytes = area;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, state.FpuControl);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[2..], state.FpuStatus);
        bytes[4] = state.FpuTags;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[6..], state.FpuOpcode);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], state.FpuInstruction);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[16..], state.FpuData);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[24..], state.Mxcsr);
        int top = (state.FpuStatus >> 11) & 7;
        for (int i = 0; i < 8; i++)
        {
            FloatingPointRegister register = state.FloatingPoint[(top + i) & 7];
            BinaryPrimitives.WriteUInt64LittleEndian(bytes[(32 + (i * 16))..], register.Significand);
            BinaryPrimitives.WriteUInt16LittleEndian(bytes[(40 + (i * 16))..], register.SignExponent);
        }

        for (int i = 0; i < 16; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes[(160 + (16 * i))..], state.Vector[4 * i]);
            BinaryPrimitives.WriteUInt64LittleEndian(bytes[(168 + (16 * i))..], state.Vector[(4 * i) + 1]);
            BinaryPrimitives.WriteUInt64LittleEndian(bytes[(YmmOffset + (16 * i))..], state.Vector[(4 * i) + 2]);
            BinaryPrimitives.WriteUInt64LittleEndian(bytes[(YmmOffset + 8 + (16 * i))..], state.Vector[(4 * i) + 3]);
        }

        BinaryPrimitives.WriteUInt64LittleEndian(bytes[XsaveHeader..], X87SseAvx);
        vcpu.SetXsave(area);
    }
}
