namespace Hull.Snapshot.Files;

/// <summary>How files pass between host and container.</summary>
public sealed record FileCopyOptions
{
    /// <summary>Whether user and group numbers are kept; otherwise copies belong to root in the container and to this user here.</summary>
    public bool KeepsOwners { get; init; }

    /// <summary>Whether a source that is a symbolic link stands for what it leads to.</summary>
    public bool FollowsLink { get; init; }
}
