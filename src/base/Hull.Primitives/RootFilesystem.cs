namespace Hull;

/// <summary>Where a container's root comes from: the value that snapshots produce and runtimes consume.</summary>
/// <remarks>
/// Either a directory that is the root as it stands, or the layers of an overlay that the runtime mounts inside the
/// container's own mount namespace, so that nothing is left mounted on the host whatever dies.
/// </remarks>
public sealed record RootFilesystem
{
    /// <summary>The root itself, or (with <see cref="Lower"/>) the empty directory the overlay is mounted on; absolute.</summary>
    public required string Path { get; init; }

    /// <summary>Read-only layers, topmost first; empty when <see cref="Path"/> is the root itself.</summary>
    public IReadOnlyList<string> Lower { get; init; } = [];

    /// <summary>The writable layer; null for a read-only root.</summary>
    public string? Upper { get; init; }

    /// <summary>Overlay's work directory, on the same file system as <see cref="Upper"/>; null without one.</summary>
    public string? Work { get; init; }

    /// <summary>
    /// Whether the root is an empty file system in memory of its own, mounted on the directory <see cref="Path"/>; it has what the
    /// specification mounts in it and nothing else, no devices either.
    /// </summary>
    public bool IsMemory { get; init; }
}
