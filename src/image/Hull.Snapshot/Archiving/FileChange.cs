namespace Hull.Snapshot.Archiving;

/// <summary>One difference between two trees.</summary>
/// <param name="Kind">How the file differs.</param>
/// <param name="Path">Absolute path inside the root.</param>
/// <param name="Bytes">Size of the file in the later tree; in the earlier one when it was deleted.</param>
public sealed record FileChange(ChangeKind Kind, string Path, long Bytes)
{
    /// <summary>The line <c>docker diff</c> prints: <c>C /etc</c>.</summary>
    public override string ToString() => $"{Kind switch { ChangeKind.Added => 'A', ChangeKind.Deleted => 'D', _ => 'C' }} {Path}";
}
