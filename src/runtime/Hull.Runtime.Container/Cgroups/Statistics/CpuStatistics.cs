namespace Hull.Runtime.Container.Cgroups;

/// <summary>Processor time; nanoseconds.</summary>
public sealed class CpuStatistics
{
    /// <summary>All time.</summary>
    public ulong Total { get; internal set; }

    /// <summary>Of it in the kernel.</summary>
    public ulong Kernel { get; internal set; }

    /// <summary>Of it in user mode.</summary>
    public ulong User { get; internal set; }

    /// <summary>By processor (version 1).</summary>
    public IReadOnlyList<ulong> PerCpu { get; internal set; } = [];

    /// <summary>By processor, in the kernel (version 1).</summary>
    public IReadOnlyList<ulong> PerCpuKernel { get; internal set; } = [];

    /// <summary>By processor, in user mode (version 1).</summary>
    public IReadOnlyList<ulong> PerCpuUser { get; internal set; } = [];

    /// <summary>Periods with a quota in force.</summary>
    public ulong Periods { get; internal set; }

    /// <summary>Of them, throttled ones.</summary>
    public ulong ThrottledPeriods { get; internal set; }

    /// <summary>Time throttled.</summary>
    public ulong ThrottledTime { get; internal set; }

    /// <summary>Time spent waiting; null where the kernel does not count it.</summary>
    public PressureStatistics? Pressure { get; internal set; }
}
