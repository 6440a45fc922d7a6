namespace Hull.Runtime.Container.Cgroups;

/// <summary>Block devices.</summary>
public sealed class BlockIoStatistics
{
    /// <summary>Bytes by device and operation.</summary>
    public IReadOnlyList<BlockIoEntry> ServiceBytes { get; internal set; } = [];

    /// <summary>Requests by device and operation.</summary>
    public IReadOnlyList<BlockIoEntry> Serviced { get; internal set; } = [];

    /// <summary>Time spent waiting; null where the kernel does not count it.</summary>
    public PressureStatistics? Pressure { get; internal set; }
}
