namespace Hull.Supervision;

/// <summary>One finished health check.</summary>
public sealed record HealthResult
{
    /// <summary>When it began.</summary>
    public DateTimeOffset Start { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset End { get; init; }

    /// <summary>Its exit code; -1 when it took too long or could not run.</summary>
    public int ExitCode { get; init; }

    /// <summary>The beginning of what it printed; at most 4,096 bytes.</summary>
    public string Output { get; init; } = "";
}
