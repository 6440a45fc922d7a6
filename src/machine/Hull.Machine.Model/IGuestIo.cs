namespace Hull.Machine;

/// <summary>What a running processor asks of the board: devices, the local APIC and the time. Called from inside <see cref="IVirtualProcessor.Run"/>, on the processor's own thread.</summary>
/// <remarks>No method may throw for what a guest does: an address nobody answers reads as all ones and swallows writes.</remarks>
public interface IGuestIo
{
    /// <summary>IN. The size is 1, 2 or 4 bytes.</summary>
    uint ReadPort(ushort port, int size);

    /// <summary>OUT. The size is 1, 2 or 4 bytes; higher bits of the value are 0.</summary>
    void WritePort(ushort port, int size, uint value);

    /// <summary>A read of a physical address that is not RAM; 1, 2, 4 or 8 bytes, within one page.</summary>
    ulong ReadMemory(GuestAddress address, int size);

    /// <summary>A write to a physical address that is not writable RAM; 1, 2, 4 or 8 bytes, within one page.</summary>
    void WriteMemory(GuestAddress address, int size, ulong value);

    /// <summary>
    /// RDMSR of a register that the processor does not keep itself: APIC_BASE, TSC_DEADLINE, x2APIC (0x800-0x8FF),
    /// (the deadline as <see cref="CounterDeadline"/> has it for the board),
    /// paravirtual clock and hypervisor registers (0x4B564D00 and 0x11, 0x12), and everything unknown.
    /// </summary>
    /// <returns>False for no such register: the guest gets #GP.</returns>
    bool TryReadMsr(uint register, out ulong value);

    /// <summary>WRMSR of a register that the processor does not keep itself.</summary>
    /// <returns>False for no such register or a value it does not take: the guest gets #GP.</returns>
    bool TryWriteMsr(uint register, ulong value);

    /// <summary>The local APIC's task priority as CR8 shows it: 0 to 15.</summary>
    byte TaskPriority { get; set; }

    /// <summary>Takes the vector of the highest deliverable interrupt (local APIC first, then the legacy controller), as INTA does.</summary>
    /// <returns>False when there is none any more.</returns>
    /// <remarks>Asked after <see cref="ProcessorSignals.Interrupt"/> and only when the guest can take it. When more wait behind it, signal again.</remarks>
    bool TryAcknowledgeInterrupt(out byte vector);

    /// <summary>A hosted local APIC ended a level-triggered interrupt: <see cref="IHostedInterrupts.SetRoutes"/>.</summary>
    void EndOfInterrupt(byte vector)
    {
        // A board whose own chips do that hears of it there.
    }

    /// <summary>The time stamp counter before the processor's own offset (<see cref="ProcessorState.TscOffset"/>); never goes back.</summary>
    ulong ReadTimeStampCounter();

    /// <summary>One CPUID leaf above 0x40000000, or the board's say in an ordinary one (APIC id, topology, frequency).</summary>
    /// <param name="leaf">EAX.</param>
    /// <param name="subleaf">ECX.</param>
    /// <param name="value">On entry what the processor says; on return what the guest sees.</param>
    void AdjustCpuid(uint leaf, uint subleaf, ref CpuidResult value);
}
