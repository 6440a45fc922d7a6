namespace Hull.Supervision;

/// <summary>How a container's health is found out. Times are milliseconds.</summary>
public sealed record HealthOrders
{
    /// <summary>The command run inside the container; exit code 0 means healthy.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>Time between the end of one check and the start of the next.</summary>
    public long IntervalMs { get; init; } = 30_000;

    /// <summary>The longest a check may take; one that takes longer has failed and is killed.</summary>
    public long TimeoutMs { get; init; } = 30_000;

    /// <summary>Failed checks in a row until the container counts as unhealthy.</summary>
    public int Retries { get; init; } = 3;

    /// <summary>Time after the start in which failures do not count.</summary>
    public long StartPeriodMs { get; init; }

    /// <summary>Time between checks while the start period lasts and no check passed yet.</summary>
    public long StartIntervalMs { get; init; } = 5_000;
}
