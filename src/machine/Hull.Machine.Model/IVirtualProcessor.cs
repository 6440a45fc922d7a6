namespace Hull.Machine;

/// <summary>Seam 3: one virtual processor. Guest I/O is called back; Run ends only for what a device cannot answer.</summary>
/// <remarks>
/// Run, Rest, Save and Load belong to one thread, the processor's own. Signal, SignalStartup, RequestStop and ForgetPages may be called from any thread.
/// A new processor is in the state after power-on: real mode at F000:FFF0 (<see cref="ProcessorState.Reset"/>).
/// </remarks>
public interface IVirtualProcessor : IDisposable
{
    /// <summary>Rings devices beside the processor; null for a processor whose accesses all go to the board.</summary>
    IDoorbells? Doorbells => null;

    /// <summary>Its local APIC, where the host's kernel can have it; null for a processor that asks the board's.</summary>
    /// <remarks>Such a processor sleeps by itself while the guest has halted.</remarks>
    IHostedApic? HostedApic => null;

    /// <summary>Runs the guest until there is a reason to stop.</summary>
    ProcessorStop Run(IGuestIo io);

    /// <summary>Makes Run return soon; when it is not running, the next Run returns at once. One request, one return.</summary>
    void RequestStop();

    /// <summary>Raises signals; the processor looks at them within microseconds of guest work.</summary>
    void Signal(ProcessorSignals signals);

    /// <summary>Raises a start-up IPI: a processor that waits for one begins in real mode at vector x 4096.</summary>
    void SignalStartup(byte vector);

    /// <summary>Whether a signal waits that would wake the processor if it is halted.</summary>
    /// <remarks>Interrupts count only when the guest's IF is set.</remarks>
    bool HasWakeSignal { get; }

    /// <summary>Drops every host address learned from <see cref="IGuestPages"/>; returns at once, takes effect before the next guest access after the current block.</summary>
    void ForgetPages();

    /// <summary>Gives back memory that can be made again: the guest has little to do. Only while not running.</summary>
    void Rest();

    /// <summary>What CPUID tells of the processor itself, before its board has a say. Only while not running.</summary>
    CpuidResult DescribeCpuid(uint leaf, uint subleaf);

    /// <summary>Copies the whole state out. Only while not running.</summary>
    void Save(ref ProcessorState state);

    /// <summary>Replaces the whole state. Only while not running.</summary>
    void Load(in ProcessorState state);
}
