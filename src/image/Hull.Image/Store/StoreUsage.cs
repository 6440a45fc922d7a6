namespace Hull.Image;

/// <summary>What a content store holds.</summary>
/// <param name="Blobs">Finished pieces of content.</param>
/// <param name="Bytes">Their bytes together.</param>
/// <param name="PartialBlobs">Transfers that are under way or were broken off.</param>
/// <param name="PartialBytes">Their bytes together.</param>
public sealed record StoreUsage(int Blobs, long Bytes, int PartialBlobs, long PartialBytes);
