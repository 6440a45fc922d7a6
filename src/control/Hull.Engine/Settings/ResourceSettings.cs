namespace Hull.Engine.Settings;

/// <summary>Limits of a container; null or 0 where there is none.</summary>
public sealed record ResourceSettings
{
    /// <summary>Processors, in billionths: <c>--cpus 0.25</c> is 250,000,000.</summary>
    public long NanoCpus { get; init; }

    /// <summary>Relative weight, 2 to 262,144.</summary>
    public long CpuShares { get; init; }

    /// <summary>Microseconds of processor time in each period.</summary>
    public long CpuQuota { get; init; }

    /// <summary>Length of the period, microseconds.</summary>
    public long CpuPeriod { get; init; }

    /// <summary>Length of the period for real-time programs, microseconds.</summary>
    public long CpuRealtimePeriod { get; init; }

    /// <summary>Microseconds that real-time programs may run in each such period.</summary>
    public long CpuRealtimeRuntime { get; init; }

    /// <summary>Processors it may use: <c>0-2,7</c>.</summary>
    public string? CpusetCpus { get; init; }

    /// <summary>Memory nodes it may use.</summary>
    public string? CpusetMems { get; init; }

    /// <summary>Memory, bytes.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>Soft memory limit, bytes.</summary>
    public long MemoryReservationBytes { get; init; }

    /// <summary>Memory and swap together, bytes; -1 for unlimited swap.</summary>
    public long MemorySwapBytes { get; init; }

    /// <summary>0 to 100; null for the host's.</summary>
    public int? MemorySwappiness { get; init; }

    /// <summary>Whether the kernel waits instead of killing when memory is short.</summary>
    public bool OomKillDisable { get; init; }

    /// <summary>-1000 to 1000; null for the host's.</summary>
    public int? OomScoreAdjust { get; init; }

    /// <summary>Most tasks; -1 for no limit, 0 for unset.</summary>
    public long PidsLimit { get; init; }

    /// <summary>Block I/O weight, 10 to 1000.</summary>
    public int BlockIoWeight { get; init; }

    /// <summary><c>DEVICE:WEIGHT</c>.</summary>
    public IReadOnlyList<string> BlockIoWeightDevices { get; init; } = [];

    /// <summary><c>DEVICE:BYTES</c> each second.</summary>
    public IReadOnlyList<string> DeviceReadBps { get; init; } = [];

    /// <summary><c>DEVICE:BYTES</c> each second.</summary>
    public IReadOnlyList<string> DeviceWriteBps { get; init; } = [];

    /// <summary><c>DEVICE:OPERATIONS</c> each second.</summary>
    public IReadOnlyList<string> DeviceReadIops { get; init; } = [];

    /// <summary><c>DEVICE:OPERATIONS</c> each second.</summary>
    public IReadOnlyList<string> DeviceWriteIops { get; init; } = [];

    /// <summary><c>c 1:3 rwm</c>.</summary>
    public IReadOnlyList<string> DeviceCgroupRules { get; init; } = [];

    /// <summary><c>NAME=SOFT[:HARD]</c>.</summary>
    public IReadOnlyList<string> Ulimits { get; init; } = [];

    /// <summary>The cgroup below which the container's is made; null for Hull's own.</summary>
    public string? CgroupParent { get; init; }
}
