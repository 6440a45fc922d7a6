namespace Hull.Supervision;

/// <summary>What the health checks found.</summary>
public sealed record HealthRecord
{
    /// <summary>No check finished yet that counts.</summary>
    public const string Starting = "starting";

    /// <summary>The last check passed.</summary>
    public const string Healthy = "healthy";

    /// <summary>As many checks in a row failed as it takes.</summary>
    public const string Unhealthy = "unhealthy";

    /// <summary><see cref="Starting"/>, <see cref="Healthy"/> or <see cref="Unhealthy"/>.</summary>
    public string Status { get; init; } = Starting;

    /// <summary>Failed checks in a row.</summary>
    public int FailingStreak { get; init; }

    /// <summary>The last checks, oldest first; at most five.</summary>
    public IReadOnlyList<HealthResult> Log { get; init; } = [];
}
