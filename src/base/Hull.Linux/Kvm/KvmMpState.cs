namespace Hull.Linux;

/// <summary>What a processor with a local APIC of KVM's does. Source: linux/kvm.h, KVM_MP_STATE_*.</summary>
public enum KvmMpState
{
    /// <summary>It runs.</summary>
    Runnable = 0,

    /// <summary>It was never started.</summary>
    Uninitialized = 1,

    /// <summary>INIT came: it waits for a start-up message.</summary>
    InitReceived = 2,

    /// <summary>HLT.</summary>
    Halted = 3,

    /// <summary>A start-up message came.</summary>
    StartupReceived = 4,
}
