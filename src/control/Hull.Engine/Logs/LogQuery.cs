namespace Hull.Engine.Logs;

/// <summary>Which entries of a log are wanted.</summary>
public sealed record LogQuery
{
    /// <summary>How many at the end; null for all.</summary>
    public int? Tail { get; init; }

    /// <summary>Not before this moment.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Not after this moment.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Whether to go on until the container ends.</summary>
    public bool Follow { get; init; }
}
