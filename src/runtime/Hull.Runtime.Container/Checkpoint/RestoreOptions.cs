namespace Hull.Runtime.Container.Checkpoint;

/// <summary>How a saved container is brought back.</summary>
public sealed record RestoreOptions : CriuSettings
{
    /// <summary>The label of the security module that the processes get instead of their own; null for that.</summary>
    public string? LsmProfile { get; init; }

    /// <summary>Who makes the cgroup.</summary>
    public CgroupManagement Cgroups { get; init; }

    /// <summary>The specification as it was read, to be kept beside the state; null to write it anew.</summary>
    public ReadOnlyMemory<byte>? SpecificationText { get; init; }
}
