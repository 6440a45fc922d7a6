namespace Hull.Runtime.Container.Checkpoint;

/// <summary>Where CRIU's process runs; the processes that it restores start there.</summary>
internal sealed record CriuPlacement
{
    /// <summary>Its standard streams; empty for this process's.</summary>
    internal IReadOnlyList<int> Streams { get; init; } = [];

    /// <summary>Further descriptors that it keeps under their numbers.</summary>
    internal IReadOnlyList<int> Descriptors { get; init; } = [];

    /// <summary>Directories among them, which are opened again in the mount namespace of <see cref="Root"/>.</summary>
    internal IReadOnlyList<(int Number, string Path)> Directories { get; init; } = [];

    /// <summary>Version 1 cgroups to join: their <c>tasks</c> files, open for writing.</summary>
    internal IReadOnlyList<int> CgroupFiles { get; init; } = [];

    /// <summary>A directory to make a mount point, in a mount namespace of its own; null for none.</summary>
    internal string? Root { get; init; }
}
