namespace Hull.Runtime.Container.Checkpoint;

/// <summary>What saving and restoring a container have in common.</summary>
public record CriuSettings
{
    /// <summary>Where the image lies.</summary>
    public required string ImageDirectory { get; init; }

    /// <summary>Where CRIU's log and statistics go; null for beside the image.</summary>
    public string? WorkDirectory { get; init; }

    /// <summary>Whether open TCP connections go along.</summary>
    public bool TcpEstablished { get; init; }

    /// <summary>Whether unix sockets may have a peer outside.</summary>
    public bool ExternalUnixSockets { get; init; }

    /// <summary>Whether the session's leader may be outside.</summary>
    public bool ShellJob { get; init; }

    /// <summary>Whether file locks go along; only where nobody outside the container uses the files.</summary>
    public bool FileLocks { get; init; }

    /// <summary>Whether pages that a later image has too are removed from earlier ones.</summary>
    public bool AutoDedup { get; init; }

    /// <summary>Whether the network namespace's interfaces and addresses are left out.</summary>
    public bool EmptyNetwork { get; init; }

    /// <summary>What CRIU does about cgroups.</summary>
    public CriuCgroupMode CgroupMode { get; init; } = CriuCgroupMode.Soft;
}
