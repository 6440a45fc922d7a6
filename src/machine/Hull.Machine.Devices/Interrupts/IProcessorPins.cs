namespace Hull.Machine.Devices.Interrupts;

/// <summary>The wires from a local APIC into its processor.</summary>
/// <remarks>Called from any thread, sometimes while the APIC's lock is held: an implementation only notes and wakes.</remarks>
public interface IProcessorPins
{
    /// <summary>Something became deliverable; the processor asks the APIC when it may take it.</summary>
    void InterruptPending();

    /// <summary>A non-maskable interrupt came.</summary>
    void Nmi();

    /// <summary>INIT came.</summary>
    void Init();

    /// <summary>A start-up message came; counts only after INIT.</summary>
    void StartUp(byte vector);
}
