namespace Hull.Image;

/// <summary>What a garbage collection took away.</summary>
/// <param name="Deleted">The content that nothing named any more.</param>
/// <param name="Bytes">Bytes given back, with those of abandoned transfers.</param>
/// <param name="Abandoned">Broken-off transfers that were taken away.</param>
public sealed record CollectResult(IReadOnlyList<Digest> Deleted, long Bytes, int Abandoned);
