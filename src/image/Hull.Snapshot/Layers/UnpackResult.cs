namespace Hull.Snapshot.Layers;

/// <summary>What unpacking a layer found.</summary>
public sealed record UnpackResult
{
    /// <summary>Digest of the uncompressed archive: the layer's diff id.</summary>
    public required Digest DiffId { get; init; }

    /// <summary>Bytes of the uncompressed archive.</summary>
    public required long ArchiveBytes { get; init; }

    /// <summary>Sum of the files' sizes.</summary>
    public required long ContentBytes { get; init; }

    /// <summary>Entries applied.</summary>
    public required long Entries { get; init; }

    /// <summary>Devices and extended attributes that this host or user could not make.</summary>
    public required long Skipped { get; init; }
}
