namespace Hull.Snapshot;

/// <summary>What a clean-up removed.</summary>
/// <param name="Layers">The chain ids.</param>
/// <param name="Bytes">Bytes of the files in them.</param>
public sealed record SnapshotPruning(IReadOnlyList<Digest> Layers, long Bytes);
