using Hull.Oci.Image;

namespace Hull.Snapshot.Packing;

/// <summary>A layer that was just written into a content store.</summary>
/// <param name="Descriptor">The layer as it is stored.</param>
/// <param name="DiffId">Digest of the uncompressed archive.</param>
/// <param name="ArchiveBytes">Bytes of the uncompressed archive.</param>
public sealed record PackedLayer(Descriptor Descriptor, Digest DiffId, long ArchiveBytes);
