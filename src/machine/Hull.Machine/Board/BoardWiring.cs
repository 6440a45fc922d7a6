using Hull.Machine.Devices.Bus;
using Hull.Machine.Devices.Clock;
using Hull.Machine.Devices.Interrupts;

namespace Hull.Machine.Board;

/// <summary>What every part of a board is connected to.</summary>
internal sealed record BoardWiring
{
    internal required CpuTopology Topology { get; init; }

    internal required IGuestMemory Memory { get; init; }

    internal required MachineClock Clock { get; init; }

    internal required GuestTsc Tsc { get; init; }

    internal required CpuidPolicy Cpuid { get; init; }

    /// <summary>Asked for the interrupts of the 8259 pair; null on a board without one.</summary>
    internal PicPair? External { get; set; }

    internal PortBus Ports { get; } = new();

    internal MmioBus Addresses { get; } = new();

    internal ApicBus Apics { get; } = new();
}
