namespace Hull.Snapshot.Compression;

/// <summary>How a layer's archive is packed.</summary>
public enum CompressionKind
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>gzip, one or more members. Source: RFC 1952.</summary>
    Gzip,

    /// <summary>Zstandard, one or more frames. Source: RFC 8878.</summary>
    Zstd,
}
