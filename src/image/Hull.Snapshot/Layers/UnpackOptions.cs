using Hull.Snapshot.Tar;

namespace Hull.Snapshot.Layers;

/// <summary>How a layer is unpacked.</summary>
public sealed record UnpackOptions
{
    /// <summary>What the archive may ask for.</summary>
    public TarLimits Limits { get; init; } = TarLimits.Default;

    /// <summary>
    /// Whether this process is not the host's root: files stay its own, devices are left out, and overlay's marks are
    /// <c>user.overlay.*</c> instead of <c>trusted.overlay.*</c>.
    /// </summary>
    public bool Rootless { get; init; }

    /// <summary>
    /// Whether the archive holds somebody's files for a directory that is in use, and is no layer: names are never
    /// whiteouts, the directory itself stays as it is, and files and directories never replace each other.
    /// </summary>
    public bool IsPlain { get; init; }

    /// <summary>
    /// Directories of the layers below, topmost first. A directory that the archive uses without describing it takes its
    /// owner, mode, time and attributes from there.
    /// </summary>
    public IReadOnlyList<string> Lower { get; init; } = [];

    /// <summary>The digest the unpacked stream must have; null when it is not known beforehand.</summary>
    public Digest? DiffId { get; init; }

    /// <summary>The digest the stream itself must have; null when the store has verified it already.</summary>
    public Digest? BlobDigest { get; init; }

    /// <summary>Told how many bytes of the packed stream have been read, now and then, on the reading thread.</summary>
    public IProgress<long>? Progress { get; init; }
}
