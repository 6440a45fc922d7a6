namespace Hull.Runtime.Container.Cgroups;

/// <summary>Memory; bytes.</summary>
public sealed class MemoryStatistics
{
    /// <summary>Page cache.</summary>
    public ulong Cache { get; internal set; }

    /// <summary>Memory.</summary>
    public MemoryUsage Usage { get; internal set; }

    /// <summary>Memory and swap together.</summary>
    public MemoryUsage Swap { get; internal set; }

    /// <summary>Kernel memory (version 1).</summary>
    public MemoryUsage Kernel { get; internal set; }

    /// <summary>Kernel TCP buffers (version 1).</summary>
    public MemoryUsage KernelTcp { get; internal set; }

    /// <summary>The lines of <c>memory.stat</c>, in the kernel's order.</summary>
    public IReadOnlyList<KeyValuePair<string, ulong>> Raw { get; internal set; } = [];

    /// <summary>Time spent waiting; null where the kernel does not count it.</summary>
    public PressureStatistics? Pressure { get; internal set; }
}
