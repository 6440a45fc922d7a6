namespace Hull.Engine.Settings;

/// <summary>A health check as Docker describes it; unset members come from the image, then from Docker's defaults.</summary>
public sealed record HealthSettings
{
    /// <summary><c>NONE</c>; <c>CMD</c> and arguments; <c>CMD-SHELL</c> and a line; null for the image's.</summary>
    public IReadOnlyList<string>? Test { get; init; }

    /// <summary>Milliseconds between two checks; 0 for unset.</summary>
    public long IntervalMs { get; init; }

    /// <summary>Milliseconds a check may take; 0 for unset.</summary>
    public long TimeoutMs { get; init; }

    /// <summary>Milliseconds in which failures do not count; 0 for unset.</summary>
    public long StartPeriodMs { get; init; }

    /// <summary>Milliseconds between checks in that time; 0 for unset.</summary>
    public long StartIntervalMs { get; init; }

    /// <summary>Failures in a row; 0 for unset.</summary>
    public int Retries { get; init; }
}
