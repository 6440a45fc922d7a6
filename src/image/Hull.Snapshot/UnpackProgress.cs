namespace Hull.Snapshot;

/// <summary>How far the unpacking of an image is.</summary>
/// <param name="Layer">Which layer.</param>
/// <param name="Index">Its place among the image's layers, from 0.</param>
/// <param name="Count">How many layers the image has.</param>
/// <param name="Bytes">Bytes of the stored layer taken so far.</param>
/// <param name="Total">Bytes the stored layer has.</param>
public sealed record UnpackProgress(Digest Layer, int Index, int Count, long Bytes, long Total);
