namespace Hull.Runtime.Container.Cgroups;

/// <summary>The knobs of a version 1 cpuset.</summary>
public sealed class CpusetStatistics
{
    /// <summary>Processors.</summary>
    public IReadOnlyList<int> Cpus { get; internal set; } = [];

    /// <summary>Memory nodes.</summary>
    public IReadOnlyList<int> Mems { get; internal set; } = [];

    /// <summary>The other files by their names in <c>runc events</c>, in its order.</summary>
    public IReadOnlyList<KeyValuePair<string, long>> Knobs { get; internal set; } = [];
}
