namespace Hull.Image;

/// <summary>What removing an image did. Content itself goes with the next collection.</summary>
/// <param name="Untagged">Names that are gone.</param>
/// <param name="Deleted">Images (by id) that have no name left and are gone.</param>
public sealed record ImageRemoval(IReadOnlyList<ImageReference> Untagged, IReadOnlyList<Digest> Deleted);
