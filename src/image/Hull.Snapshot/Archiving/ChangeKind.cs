namespace Hull.Snapshot.Archiving;

/// <summary>How a file differs. The numbers are those of Docker's API.</summary>
public enum ChangeKind
{
    /// <summary>It is in both, and not the same.</summary>
    Modified,

    /// <summary>It is only in the later one.</summary>
    Added,

    /// <summary>It is only in the earlier one.</summary>
    Deleted,
}
