using Hull.Machine.Board;
using Hull.Machine.Devices.Serial;
using Hull.Machine.Devices.Virtio;

namespace Hull.Machine;

/// <summary>What a machine is made of.</summary>
public sealed record MachineSpec
{
    /// <summary>One count of the time-stamp counter is a nanosecond, so no processor has to scale it.</summary>
    public const uint DefaultTscKhz = 1_000_000;

    /// <summary>The kind of board.</summary>
    public BoardModel Board { get; init; } = BoardModel.Microvm;

    /// <summary>RAM.</summary>
    public required ByteSize Memory { get; init; }

    /// <summary>Processors.</summary>
    public CpuTopology Topology { get; init; } = CpuTopology.OfCores(1);

    /// <summary>NUMA nodes; memory and processors are spread over them evenly.</summary>
    public int Nodes { get; init; } = 1;

    /// <summary>Frequency of the time-stamp counter that the guest is told.</summary>
    public uint TscKhz { get; init; } = DefaultTscKhz;

    /// <summary>Where the serial port's output goes.</summary>
    public required IByteSink SerialOutput { get; init; }

    /// <summary>Virtio devices, in the order of their slots.</summary>
    public IReadOnlyList<IVirtioDevice> Devices { get; init; } = [];

    /// <summary>Another kind of processor that the guest is to be able to go on with: CPUID shows what both have. Null for none.</summary>
    public CpuidSource? AlsoOn { get; init; }

    /// <summary>What else is on the board; nothing on a machine for users.</summary>
    public IReadOnlyList<IBoardAddition> Additions { get; init; } = [];

    /// <summary>Virtio features that no device offers, for guests with drivers of another time.</summary>
    public ulong WithheldVirtioFeatures { get; init; }

    /// <summary>Refuses what no board can be.</summary>
    /// <exception cref="HullException">A number is out of range.</exception>
    public void Check()
    {
        long bytes = Memory.Bytes;
        if (bytes < (long)MicrovmLayout.MinMemory || bytes > (long)MicrovmLayout.MaxMemory)
        {
            throw new HullException(
                ErrorKind.InvalidArgument, $"A machine cannot have '{Memory}' of memory; give it 16 MiB to 1 TiB.");
        }

        if (bytes % GuestAddress.PageSize != 0)
        {
            throw new HullException(
                ErrorKind.InvalidArgument, $"A machine's memory of {bytes} bytes is not a multiple of 4096.");
        }

        if (Nodes is < 1 or > MicrovmLayout.MaxNodes || Nodes > Topology.Count)
        {
            throw new HullException(
                ErrorKind.InvalidArgument,
                $"A machine with {Topology.Count} processors cannot have {Nodes} NUMA nodes; give it 1 to {Math.Min(Topology.Count, MicrovmLayout.MaxNodes)}.");
        }

        if (Topology.Count is < 1 or > MicrovmLayout.MaxProcessors)
        {
            throw new HullException(
                ErrorKind.InvalidArgument, $"A machine cannot have {Topology.Count} processors; give it 1 to 8.");
        }

        if (Devices.Count > MicrovmLayout.VirtioSlots)
        {
            throw new HullException(
                ErrorKind.InvalidArgument, $"A machine cannot have {Devices.Count} virtio devices; give it at most 15.");
        }
    }
}
