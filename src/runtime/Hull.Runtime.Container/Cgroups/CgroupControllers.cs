namespace Hull.Runtime.Container.Cgroups;

/// <summary>The kernel's resource controllers, of both versions; a set.</summary>
/// <remarks>Source: cgroups(7). <c>blkio</c> (v1) and <c>io</c> (v2) are one controller with two names.</remarks>
[Flags]
public enum CgroupControllers
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Processor time.</summary>
    Cpu = 1 << 0,

    /// <summary>Processor accounting; part of <see cref="Cpu"/> on v2.</summary>
    CpuAccounting = 1 << 1,

    /// <summary>Which processors and memory nodes.</summary>
    Cpuset = 1 << 2,

    /// <summary>Memory and swap.</summary>
    Memory = 1 << 3,

    /// <summary>Access to device nodes; BPF on v2, where it is always there.</summary>
    Devices = 1 << 4,

    /// <summary>Stopping and continuing all processes; always there on v2.</summary>
    Freezer = 1 << 5,

    /// <summary>Block devices.</summary>
    BlockIo = 1 << 6,

    /// <summary>Number of tasks.</summary>
    Pids = 1 << 7,

    /// <summary>Network class of packets; v1 only.</summary>
    NetworkClass = 1 << 8,

    /// <summary>Network priorities; v1 only.</summary>
    NetworkPriority = 1 << 9,

    /// <summary>Performance counters.</summary>
    PerfEvent = 1 << 10,

    /// <summary>Huge pages.</summary>
    Hugetlb = 1 << 11,

    /// <summary>RDMA devices.</summary>
    Rdma = 1 << 12,

    /// <summary>Scalar resources.</summary>
    Misc = 1 << 13,

    /// <summary>The hierarchy without controllers in which systemd keeps its services; v1 only.</summary>
    Systemd = 1 << 14,
}
