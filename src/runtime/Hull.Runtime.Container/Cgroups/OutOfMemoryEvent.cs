namespace Hull.Runtime.Container.Cgroups;

/// <summary>What an <see cref="OutOfMemoryWatch"/> saw.</summary>
public enum OutOfMemoryEvent
{
    /// <summary>Nothing of interest.</summary>
    None,

    /// <summary>The cgroup ran out of memory.</summary>
    OutOfMemory,

    /// <summary>The cgroup is empty or gone: there will be no more.</summary>
    Gone,
}
