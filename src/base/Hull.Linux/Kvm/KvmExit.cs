namespace Hull.Linux;

/// <summary>Why KVM_RUN came back. Source: linux/kvm.h, KVM_EXIT_*.</summary>
public enum KvmExit
{
    /// <summary>The hardware gave a reason KVM does not know.</summary>
    Unknown = 0,

    /// <summary>IN or OUT.</summary>
    Io = 2,

    /// <summary>HLT.</summary>
    Halt = 5,

    /// <summary>An access to addresses without memory.</summary>
    Mmio = 6,

    /// <summary>The guest can take an interrupt now.</summary>
    InterruptWindow = 7,

    /// <summary>A triple fault.</summary>
    Shutdown = 8,

    /// <summary>The hardware refused the state.</summary>
    FailEntry = 9,

    /// <summary>A signal came, or an immediate exit was asked for.</summary>
    Interrupted = 10,

    /// <summary>The guest changed CR8.</summary>
    SetTaskPriority = 11,

    /// <summary>KVM cannot emulate an instruction.</summary>
    InternalError = 17,

    /// <summary>A processor ended a level-triggered interrupt of an I/O APIC that is not KVM's.</summary>
    EndOfInterrupt = 26,

    /// <summary>RDMSR of a register KVM does not have.</summary>
    ReadMsr = 29,

    /// <summary>WRMSR of a register KVM does not have.</summary>
    WriteMsr = 30,
}
