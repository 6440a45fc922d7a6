using Hull.Machine;

namespace Hull.Cpu.Interpreter;

/// <summary>To and from the struct that all processors share.</summary>
// SAFETY: see Cpu.cs; stack buffers here are as long as what is put into them.
internal sealed unsafe partial class Cpu
{
    internal void Save(ref ProcessorState state)
    {
        for (int i = 0; i < 16; i++)
        {
            state.General[i] = R[i];
        }

        state.Rip = Rip;
        state.Rflags = Rflags;
        state.Es = Seg[Sr.ES];
        state.Cs = Seg[Sr.CS];
        state.Ss = Seg[Sr.SS];
        state.Ds = Seg[Sr.DS];
        state.Fs = Seg[Sr.FS];
        state.Gs = Seg[Sr.GS];
        state.Ldtr = Ldtr;
        state.Tr = Tr;
        state.Gdtr = Gdtr;
        state.Idtr = Idtr;
        state.Cr0 = Cr0;
        state.Cr2 = Cr2;
        state.Cr3 = Cr3;
        state.Cr4 = Cr4;
        state.Efer = Efer;
        state.Xcr0 = Xcr0;
        state.Dr0 = Dr[0];
        state.Dr1 = Dr[1];
        state.Dr2 = Dr[2];
        state.Dr3 = Dr[3];
        state.Dr6 = Dr[6];
        state.Dr7 = Dr[7];
        state.Star = Star;
        state.Lstar = Lstar;
        state.Cstar = Cstar;
        state.Fmask = Fmask;
        state.KernelGsBase = KernelGsBase;
        state.SysenterCs = SysenterCs;
        state.SysenterEsp = SysenterEsp;
        state.SysenterEip = SysenterEip;
        state.Pat = Pat;
        state.TscAux = TscAux;
        state.MiscEnable = MiscEnable;
        state.SpecCtrl = SpecCtrl;
        state.TscOffset = TscOffset;
        for (int i = 0; i < 8; i++)
        {
            state.FloatingPoint[i] = Fp[i];
        }

        state.FpuControl = FpuControl;
        state.FpuStatus = FpuStatus;
        state.FpuTags = FpuTags;
        state.FpuOpcode = FpuOpcode;
        state.FpuInstruction = FpuInstruction;
        state.FpuData = FpuData;
        state.Vector = V;
        state.Mxcsr = Mxcsr;
        state.Activity = Activity;
        state.InterruptShadow = Shadow;
        state.NmiBlocked = NmiBlocked;
        state.Pending = Signals;
        state.StartupVector = (byte)StartupVector;
    }

    internal void Load(in ProcessorState state)
    {
        for (int i = 0; i < 16; i++)
        {
            R[i] = state.General[i];
        }

        Rip = state.Rip;
        Rflags = state.Rflags;
        Seg[Sr.ES] = state.Es;
        Seg[Sr.CS] = state.Cs;
        Seg[Sr.SS] = state.Ss;
        Seg[Sr.DS] = state.Ds;
        Seg[Sr.FS] = state.Fs;
        Seg[Sr.GS] = state.Gs;
        Ldtr = state.Ldtr;
        Tr = state.Tr;
        Gdtr = state.Gdtr;
        Idtr = state.Idtr;
        Cr0 = state.Cr0;
        Cr2 = state.Cr2;
        Cr3 = state.Cr3;
        Cr4 = state.Cr4;
        Efer = state.Efer;
        Xcr0 = state.Xcr0;
        Dr[0] = state.Dr0;
        Dr[1] = state.Dr1;
        Dr[2] = state.Dr2;
        Dr[3] = state.Dr3;
        Dr[6] = state.Dr6;
        Dr[7] = state.Dr7;
        Star = state.Star;
        Lstar = state.Lstar;
        Cstar = state.Cstar;
        Fmask = state.Fmask;
        KernelGsBase = state.KernelGsBase;
        SysenterCs = state.SysenterCs;
        SysenterEsp = state.SysenterEsp;
        SysenterEip = state.SysenterEip;
        Pat = state.Pat;
        TscAux = state.TscAux;
        MiscEnable = state.MiscEnable;
        SpecCtrl = state.SpecCtrl;
        TscOffset = state.TscOffset;
        for (int i = 0; i < 8; i++)
        {
            Fp[i] = state.FloatingPoint[i];
        }

        FpuControl = state.FpuControl;
        FpuStatus = state.FpuStatus;
        FpuTags = state.FpuTags;
        FpuOpcode = state.FpuOpcode;
        FpuInstruction = state.FpuInstruction;
        FpuData = state.FpuData;
        V = state.Vector;
        Mxcsr = state.Mxcsr;
        Activity = state.Activity;
        Shadow = state.InterruptShadow;
        NmiBlocked = state.NmiBlocked;
        _startupVector = state.StartupVector;
        Signal(state.Pending);

        // The hidden privilege level is SS's (CS's in real mode, where both are 0).
        Cpl = (Cr0 & Cr.PE) == 0 ? 0 : (Seg[Sr.SS].Attributes >> 5) & 3;
        FlushTlb();
        UpdateMode();
        if ((Cr0 & Cr.PG) != 0 && !Long && (Cr4 & Cr.PAE) != 0)
        {
            LoadPdptes(Cr3);
        }
    }
}
