namespace Hull.Runtime.Container.Cgroups;

/// <summary>Everything the kernel counts for a cgroup, as <c>runc events --stats</c> reports it.</summary>
public sealed class CgroupStatistics
{
    /// <summary>Processor time.</summary>
    public CpuStatistics Cpu { get; } = new();

    /// <summary>Processors and memory nodes; null on version 2, which does not say.</summary>
    public CpusetStatistics? Cpuset { get; internal set; }

    /// <summary>Memory.</summary>
    public MemoryStatistics Memory { get; } = new();

    /// <summary>Tasks in it.</summary>
    public ulong Pids { get; internal set; }

    /// <summary>Most tasks; 0 for no limit.</summary>
    public ulong PidsLimit { get; internal set; }

    /// <summary>Block devices.</summary>
    public BlockIoStatistics BlockIo { get; } = new();

    /// <summary>Huge pages by size, such as <c>2MB</c>.</summary>
    public IReadOnlyDictionary<string, HugetlbStatistics> Hugetlb => HugetlbBySize;

    internal Dictionary<string, HugetlbStatistics> HugetlbBySize { get; } = new(StringComparer.Ordinal);
}
