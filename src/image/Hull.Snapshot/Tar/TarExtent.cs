namespace Hull.Snapshot.Tar;

/// <summary>A run of stored bytes in a file with holes.</summary>
/// <param name="Offset">Where it stands in the file.</param>
/// <param name="Length">How many bytes.</param>
public readonly record struct TarExtent(long Offset, long Length);
