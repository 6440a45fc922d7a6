using Hull.Image;

namespace Hull.Engine;

/// <summary>What a prune took.</summary>
/// <param name="Containers">Identifiers.</param>
/// <param name="Volumes">Names.</param>
/// <param name="Images">Names and identifiers.</param>
/// <param name="Bytes">Bytes of all of them.</param>
public sealed record PruneResult(IReadOnlyList<string> Containers, IReadOnlyList<string> Volumes, ImageRemoval Images, long Bytes);
