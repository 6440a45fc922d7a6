namespace Hull.Runtime;

/// <summary>What a task uses, at one moment. Amounts are bytes or nanoseconds since its start; limits are null when there is none.</summary>
public sealed record TaskStatistics
{
    /// <summary>Processor time, nanoseconds.</summary>
    public ulong CpuNanoseconds { get; init; }

    /// <summary>Of it in user mode, nanoseconds.</summary>
    public ulong CpuUserNanoseconds { get; init; }

    /// <summary>Of it in the kernel, nanoseconds.</summary>
    public ulong CpuKernelNanoseconds { get; init; }

    /// <summary>Periods in which a quota was in force.</summary>
    public ulong CpuPeriods { get; init; }

    /// <summary>Of them, periods in which the task was throttled.</summary>
    public ulong CpuThrottledPeriods { get; init; }

    /// <summary>Time it was throttled, nanoseconds.</summary>
    public ulong CpuThrottledNanoseconds { get; init; }

    /// <summary>Memory charged to it, bytes.</summary>
    public ulong MemoryBytes { get; init; }

    /// <summary>The most memory it was ever charged, bytes.</summary>
    public ulong MemoryPeakBytes { get; init; }

    /// <summary>Of it, page cache that could be dropped (inactive file pages), bytes.</summary>
    public ulong MemoryCacheBytes { get; init; }

    /// <summary>Its memory limit, bytes.</summary>
    public ulong? MemoryLimitBytes { get; init; }

    /// <summary>Swap it uses, bytes.</summary>
    public ulong SwapBytes { get; init; }

    /// <summary>Times the kernel killed one of its processes for want of memory.</summary>
    public ulong OutOfMemoryKills { get; init; }

    /// <summary>Tasks (threads) in it.</summary>
    public ulong Pids { get; init; }

    /// <summary>Most tasks it may have.</summary>
    public ulong? PidsLimit { get; init; }

    /// <summary>Bytes read from block devices.</summary>
    public ulong BlockReadBytes { get; init; }

    /// <summary>Bytes written to block devices.</summary>
    public ulong BlockWriteBytes { get; init; }

    /// <summary>Read operations on block devices.</summary>
    public ulong BlockReads { get; init; }

    /// <summary>Write operations on block devices.</summary>
    public ulong BlockWrites { get; init; }
}
