namespace Hull.Snapshot.Tar;

/// <summary>How much an archive may ask for; archives come from strangers.</summary>
public sealed record TarLimits
{
    /// <summary>What suits every image known: four million entries, one MiB of extended headers each.</summary>
    public static TarLimits Default { get; } = new();

    /// <summary>Longest path or link target, in bytes; the kernel takes 4,095.</summary>
    public int MaxPathBytes { get; init; } = 4095;

    /// <summary>Most bytes of long names and pax records before one entry. One xattr may hold 64 KiB.</summary>
    public int MaxMetadataBytes { get; init; } = 1024 * 1024;

    /// <summary>Most runs of data in one sparse file.</summary>
    public int MaxExtents { get; init; } = 1024 * 1024;

    /// <summary>Most headers of any kind in one archive.</summary>
    public long MaxEntries { get; init; } = 4 * 1024 * 1024;

    /// <summary>Most bytes of the uncompressed archive.</summary>
    public long MaxBytes { get; init; } = 1L << 40;
}
