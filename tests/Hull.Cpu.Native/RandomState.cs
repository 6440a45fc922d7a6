using Hull.Machine;

namespace Hull.Cpu.Native;

/// <summary>Draws the registers of a processor in one of its modes; what a guest can load into them is drawn at random.</summary>
internal sealed class RandomState(RigRandom random)
{
    private const int Modes = 8;
    private const ulong Protection = 1, Paging = 1ul << 31, Extended = 0x20, LongEnabled = 0x500;

    internal ProcessorState Draw(ulong tables, ulong gdt, ulong ldt, ulong idt, ulong tss, ulong code)
    {
        int mode = random.Next(Modes);
        bool isLong = mode >= 5;
        bool isReal = mode == 0;
        bool isVirtual = mode == 1;
        ProcessorState state = ProcessorState.Reset();
        for (int i = 0; i < 16; i++)
        {
            state.General[i] = Number(isLong);
        }

        state.Cr0 = 0x10 | (isReal ? 0 : Protection) | (isLong || mode >= 3 ? Paging : 0) | (random.Bits() & 0x5000E) | (random.OneIn(2) ? 0x20u : 0);
        state.Cr4 = (random.Bits() & 0x372FDC) | (isLong || mode == 4 ? Extended : 0);
        state.Cr4 &= mode == 3 ? ~Extended : ulong.MaxValue;
        state.Cr4 &= isLong ? ulong.MaxValue : ~0x20000ul;
        state.Cr3 = tables | (mode == 4 ? (ulong)random.Next(128) << 5 : 0);
        state.Efer = (isLong ? LongEnabled : 0) | (random.Bits() & 0x801);
        state.Xcr0 = random.OneIn(3) ? 1u : random.OneIn(2) ? 3u : 7;
        int cpl = isReal ? 0 : isVirtual || random.OneIn(3) ? 3 : 0;
        state.Rflags = 2 | (random.Bits() & 0x244FD5) | (random.OneIn(8) ? 0x100u : 0) | (random.Bits() & 0x3000) | (isVirtual ? 0x20000u : 0);
        state.Rip = code + (ulong)random.Next(0x4000);
        Segments(ref state, mode, cpl);
        state.Gdtr = new TableState { Base = gdt, Limit = (ushort)(random.OneIn(8) ? random.Next(0x10000) : 0x7FF) };
        state.Idtr = new TableState { Base = isReal ? 0 : idt, Limit = (ushort)(random.OneIn(8) ? random.Next(0x1000) : 0xFFF) };
        state.Ldtr = new SegmentState { Selector = 0x50, Base = ldt, Limit = 0x7FF, Attributes = 0x82 };
        state.Tr = new SegmentState { Selector = 0x40, Base = tss, Limit = random.OneIn(4) ? (uint)random.Next(0x200) : 0x206F, Attributes = 0x8B };
        Special(ref state);
        return state;
    }

    private ulong Number(bool isLong) => random.Next(4) switch
    {
        0 => random.Bits(),
        1 => (ulong)random.Next(0x100),
        _ => (uint)random.Next(0x40000) | (isLong && random.OneIn(8) ? 0xFFFF800000000000 : 0),
    };

    private void Segments(ref ProcessorState state, int mode, int cpl)
    {
        bool small = mode is 0 or 1;
        ushort privilege = (ushort)(cpl << 5);
        ushort code = (ushort)((mode == 5 ? 0xC09B : mode >= 5 ? 0xA09B : mode == 2 || small ? 0x009B : 0xC09B) | privilege);
        state.Cs = new SegmentState { Selector = (ushort)(8 | cpl), Limit = small ? 0xFFFF : uint.MaxValue, Attributes = code };
        if (small)
        {
            state.Cs.Base = (ulong)random.Next(0x1000) << 4;
            state.Rip &= 0xFFFF;
        }

        state.Ss = Data(small, privilege, cpl);
        state.Ds = Data(small, privilege, cpl);
        state.Es = Data(small, privilege, cpl);
        state.Fs = Data(small, privilege, cpl);
        state.Gs = Data(small, privilege, cpl);
        state.Ss.Attributes = (ushort)((state.Ss.Attributes & ~0x60) | privilege);
    }

    private SegmentState Data(bool small, ushort privilege, int cpl) => new()
    {
        Selector = (ushort)(0x10 | cpl),
        Base = small || random.OneIn(3) ? (ulong)random.Next(0x4000) << 4 : 0,
        Limit = small ? 0xFFFF : random.OneIn(3) ? (uint)random.Bits() : uint.MaxValue,
        Attributes = (ushort)((small ? 0x93 : random.OneIn(4) ? random.Next(0x10000) & 0xF0FF : 0xC093) | privilege),
    };

    // Addresses that kernels put here are canonical; a guest's WRMSR of others is refused.
    private void Special(ref ProcessorState state)
    {
        state.Lstar = Number(true);
        state.Lstar = (ulong)((long)(state.Lstar << 16) >> 16);
        state.Star = random.Bits();
        state.Fmask = random.Bits() & uint.MaxValue;
        state.KernelGsBase = (ulong)random.Next(0x40000);
        state.SysenterCs = (ulong)random.Next(0x100);
        state.SysenterEip = (ulong)random.Next(0x40000);
        state.SysenterEsp = (ulong)random.Next(0x40000);
        if (random.OneIn(4))
        {
            state.Dr7 = 0x400 | (random.Bits() & 0xFFFF23FF);
            (state.Dr0, state.Dr1, state.Dr2, state.Dr3) = (Number(true), Number(true), Number(false), Number(false));
        }

        state.FpuControl = (ushort)(0x40 | (random.Bits() & 0xF3F));
        state.FpuStatus = (ushort)random.Bits();
        state.FpuTags = (byte)random.Bits();
        state.Mxcsr = (ushort)random.Bits();
        for (int i = 0; i < 8; i++)
        {
            state.FloatingPoint[i] = new FloatingPointRegister { Significand = random.Bits(), SignExponent = (ushort)random.Bits() };
        }

        for (int i = 0; i < 64; i++)
        {
            state.Vector[i] = random.Bits();
        }

        state.InterruptShadow = (byte)(random.OneIn(8) ? random.Next(3) : 0);
        state.NmiBlocked = random.OneIn(8);
    }
}
