namespace Hull.Machine;

/// <summary>Everything one x86-64 processor knows between two instructions; one struct for all processors.</summary>
/// <remarks>
/// A running guest can move between interpreter, translator and KVM at any <see cref="IVirtualProcessor.Run"/> boundary by Save and Load.
/// The local APIC is the board's and not in here. Names and formats are those of the Intel SDM.
/// </remarks>
public struct ProcessorState
{
    /// <summary>RAX to R15.</summary>
    public GeneralRegisters General;

    /// <summary>RIP.</summary>
    public ulong Rip;

    /// <summary>RFLAGS; bit 1 is always set.</summary>
    public ulong Rflags;

    /// <summary>ES.</summary>
    public SegmentState Es;

    /// <summary>CS.</summary>
    public SegmentState Cs;

    /// <summary>SS.</summary>
    public SegmentState Ss;

    /// <summary>DS.</summary>
    public SegmentState Ds;

    /// <summary>FS; in 64-bit mode its base is IA32_FS_BASE.</summary>
    public SegmentState Fs;

    /// <summary>GS; in 64-bit mode its base is IA32_GS_BASE.</summary>
    public SegmentState Gs;

    /// <summary>LDTR.</summary>
    public SegmentState Ldtr;

    /// <summary>TR.</summary>
    public SegmentState Tr;

    /// <summary>GDTR.</summary>
    public TableState Gdtr;

    /// <summary>IDTR.</summary>
    public TableState Idtr;

    /// <summary>CR0.</summary>
    public ulong Cr0;

    /// <summary>CR2.</summary>
    public ulong Cr2;

    /// <summary>CR3.</summary>
    public ulong Cr3;

    /// <summary>CR4.</summary>
    public ulong Cr4;

    /// <summary>IA32_EFER.</summary>
    public ulong Efer;

    /// <summary>XCR0.</summary>
    public ulong Xcr0;

    /// <summary>DR0.</summary>
    public ulong Dr0;

    /// <summary>DR1.</summary>
    public ulong Dr1;

    /// <summary>DR2.</summary>
    public ulong Dr2;

    /// <summary>DR3.</summary>
    public ulong Dr3;

    /// <summary>DR6.</summary>
    public ulong Dr6;

    /// <summary>DR7.</summary>
    public ulong Dr7;

    /// <summary>IA32_STAR.</summary>
    public ulong Star;

    /// <summary>IA32_LSTAR.</summary>
    public ulong Lstar;

    /// <summary>IA32_CSTAR.</summary>
    public ulong Cstar;

    /// <summary>IA32_FMASK.</summary>
    public ulong Fmask;

    /// <summary>IA32_KERNEL_GS_BASE.</summary>
    public ulong KernelGsBase;

    /// <summary>IA32_SYSENTER_CS.</summary>
    public ulong SysenterCs;

    /// <summary>IA32_SYSENTER_ESP.</summary>
    public ulong SysenterEsp;

    /// <summary>IA32_SYSENTER_EIP.</summary>
    public ulong SysenterEip;

    /// <summary>IA32_PAT.</summary>
    public ulong Pat;

    /// <summary>IA32_TSC_AUX.</summary>
    public ulong TscAux;

    /// <summary>IA32_MISC_ENABLE.</summary>
    public ulong MiscEnable;

    /// <summary>IA32_SPEC_CTRL.</summary>
    public ulong SpecCtrl;

    /// <summary>What is added to <see cref="IGuestIo.ReadTimeStampCounter"/>; WRMSR of IA32_TIME_STAMP_COUNTER and IA32_TSC_ADJUST change it.</summary>
    public ulong TscOffset;

    /// <summary>The x87 registers; their low halves are MM0 to MM7.</summary>
    public FloatingPointRegisters FloatingPoint;

    /// <summary>x87 control word.</summary>
    public ushort FpuControl;

    /// <summary>x87 status word, with TOP.</summary>
    public ushort FpuStatus;

    /// <summary>x87 tag word in its abridged form: bit n set = register n is not empty.</summary>
    public byte FpuTags;

    /// <summary>x87 last opcode, 11 bits.</summary>
    public ushort FpuOpcode;

    /// <summary>x87 last instruction pointer.</summary>
    public ulong FpuInstruction;

    /// <summary>x87 last data pointer.</summary>
    public ulong FpuData;

    /// <summary>XMM and YMM.</summary>
    public VectorRegisters Vector;

    /// <summary>MXCSR.</summary>
    public uint Mxcsr;

    /// <summary>Executing, halted or waiting.</summary>
    public ActivityState Activity;

    /// <summary>Interrupts are held off for one instruction: bit 0 by STI, bit 1 by MOV SS or POP SS.</summary>
    public byte InterruptShadow;

    /// <summary>NMIs are blocked until IRET.</summary>
    public bool NmiBlocked;

    /// <summary>Signals that were raised and not yet served.</summary>
    public ProcessorSignals Pending;

    /// <summary>Vector of a pending start-up IPI.</summary>
    public byte StartupVector;

    /// <summary>
    /// An interrupt that was acknowledged and not delivered yet, 0 for none. The board takes it back into the local APIC before
    /// it loads the state, so a processor never sees it in Load.
    /// </summary>
    public byte AcknowledgedVector;

    /// <summary>The state after power-on of a bootstrap processor. Source: Intel SDM vol. 3A, table 10-1.</summary>
    public static ProcessorState Reset()
    {
        SegmentState data = new() { Limit = 0xFFFF, Attributes = SegmentState.RealModeData };
        ProcessorState state = new()
        {
            Rip = 0xFFF0,
            Rflags = 2,
            Cs = new SegmentState { Base = 0xFFFF0000, Limit = 0xFFFF, Selector = 0xF000, Attributes = 0x9B },
            Ds = data,
            Es = data,
            Fs = data,
            Gs = data,
            Ss = data,
            Ldtr = new SegmentState { Limit = 0xFFFF, Attributes = 0x82 },
            Tr = new SegmentState { Limit = 0xFFFF, Attributes = 0x8B },
            Gdtr = new TableState { Limit = 0xFFFF },
            Idtr = new TableState { Limit = 0xFFFF },
            Cr0 = 0x60000010,
            Xcr0 = 1,
            Dr6 = 0xFFFF0FF0,
            Dr7 = 0x400,
            Pat = 0x0007040600070406,
            MiscEnable = 1,
            FpuControl = 0x0040,
            Mxcsr = 0x1F80,
        };
        state.General[2] = 0x000906A0; // EDX: family, model, stepping of CPUID leaf 1
        return state;
    }
}
