namespace Hull.Machine;

/// <summary>Why <see cref="IVirtualProcessor.Run"/> came back.</summary>
public enum ProcessorStop
{
    /// <summary>Somebody called <see cref="IVirtualProcessor.RequestStop"/>.</summary>
    Requested,

    /// <summary>HLT (or MWAIT, or waiting for a start-up IPI) and no signal that would wake it: wait for one, then run again.</summary>
    Halted,

    /// <summary>A triple fault: a real board resets.</summary>
    Shutdown,

    /// <summary>The processor cannot go on (KVM internal error, executable memory refused): move the state to another one.</summary>
    Failed,
}
