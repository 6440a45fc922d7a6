namespace Hull.Machine;

/// <summary>What others can want of a processor while it runs.</summary>
[Flags]
public enum ProcessorSignals
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The local APIC (or the legacy controller behind it) has an interrupt: ask <see cref="IGuestIo.TryAcknowledgeInterrupt"/> when IF allows.</summary>
    Interrupt = 1,

    /// <summary>A non-maskable interrupt.</summary>
    Nmi = 2,

    /// <summary>INIT: reset to wait-for-SIPI (or to the reset vector on the bootstrap processor).</summary>
    Init = 4,

    /// <summary>Return from <see cref="IVirtualProcessor.Run"/> with <see cref="ProcessorStop.Requested"/>.</summary>
    Stop = 8,

    /// <summary>Internal: host pages or decoded code must be dropped before the next guest access.</summary>
    Housekeeping = 16,

    /// <summary>A start-up IPI; its vector was given to <see cref="IVirtualProcessor.SignalStartup"/>.</summary>
    Startup = 32,

    /// <summary>Set by processors: another non-maskable interrupt came before the first was served. One more waits behind it, as one waits behind a handler.</summary>
    SecondNmi = 64,
}
