namespace Hull.Image;

/// <summary>One step of a pull or push, for progress bars and lines.</summary>
/// <param name="Stage">What happens.</param>
/// <param name="Content">The piece it happens to; null when it is the whole image.</param>
/// <param name="Current">Bytes transferred of the piece so far.</param>
/// <param name="Total">Bytes of the piece; 0 when not known.</param>
/// <param name="Detail">A name, a digest or a reason, as the stage says.</param>
public sealed record TransferEvent(TransferStage Stage, Digest? Content = null, long Current = 0, long Total = 0, string? Detail = null);
