using Hull.Linux;

namespace Hull.Runtime.Container;

/// <summary>How a container is made, besides what its bundle says.</summary>
public sealed record CreateOptions
{
    /// <summary>Whether the process waits for <see cref="ContainerTask.Start"/>; otherwise it runs when the call returns.</summary>
    public bool WaitsForStart { get; init; } = true;

    /// <summary>Whether to change the root without pivot_root(2).</summary>
    public bool NoPivot { get; init; }

    /// <summary>Whether to keep the session keyring.</summary>
    public bool NoNewKeyring { get; init; }

    /// <summary>Who makes the cgroup.</summary>
    public CgroupManagement Cgroups { get; init; }

    /// <summary>The specification as it was read, to be kept beside the state; null to write it anew.</summary>
    public ReadOnlyMemory<byte>? SpecificationText { get; init; }

    /// <summary>Receives the pidfd of the first process (SCM_RIGHTS); null for nobody.</summary>
    public FileDescriptor? PidFdSocket { get; init; }
}
