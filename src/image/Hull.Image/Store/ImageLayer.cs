using Hull.Oci.Image;

namespace Hull.Image;

/// <summary>One layer of an image.</summary>
/// <param name="Descriptor">The layer as it is stored, usually compressed.</param>
/// <param name="DiffId">Digest of the uncompressed archive.</param>
public sealed record ImageLayer(Descriptor Descriptor, Digest DiffId);
