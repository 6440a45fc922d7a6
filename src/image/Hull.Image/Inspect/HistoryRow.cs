namespace Hull.Image;

/// <summary>One step of how an image came to be, as <c>hull image history</c> shows it.</summary>
/// <param name="Created">When; null when the image does not say.</param>
/// <param name="CreatedBy">The command.</param>
/// <param name="Size">Bytes of the step's layer as it is stored; 0 for a step without one.</param>
/// <param name="Comment">What was said about it.</param>
/// <param name="Layer">The step's uncompressed layer; null for a step without one.</param>
public sealed record HistoryRow(DateTimeOffset? Created, string CreatedBy, long Size, string Comment, Digest? Layer);
