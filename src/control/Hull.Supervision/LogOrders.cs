namespace Hull.Supervision;

/// <summary>Where a container's output is kept.</summary>
public sealed record LogOrders
{
    /// <summary>The log file; null keeps nothing (driver <c>none</c>).</summary>
    public string? Path { get; init; }

    /// <summary>The size in bytes at which a file is rotated; 0 for never.</summary>
    public long MaxBytes { get; init; }

    /// <summary>How many files are kept, the current one included; at least 1.</summary>
    public int MaxFiles { get; init; } = 1;
}
