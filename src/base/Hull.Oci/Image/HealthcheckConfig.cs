using System.Text.Json.Serialization;

namespace Hull.Oci.Image;

/// <summary>How to find out whether a container's program is well. Times are in nanoseconds; 0 means the default.</summary>
/// <remarks>Source: Docker image specification 1.2, "Healthcheck"; Docker Engine API v1.51, HealthConfig.</remarks>
public sealed record HealthcheckConfig
{
    /// <summary>Empty: inherit; <c>NONE</c>: none; <c>CMD</c> and arguments; <c>CMD-SHELL</c> and a command line.</summary>
    [JsonPropertyName("Test")]
    public IReadOnlyList<string>? Test { get; init; }

    /// <summary>Nanoseconds between two checks.</summary>
    [JsonPropertyName("Interval")]
    public long Interval { get; init; }

    /// <summary>Nanoseconds after which a check has failed.</summary>
    [JsonPropertyName("Timeout")]
    public long Timeout { get; init; }

    /// <summary>Nanoseconds after start in which failures do not count.</summary>
    [JsonPropertyName("StartPeriod")]
    public long StartPeriod { get; init; }

    /// <summary>Nanoseconds between two checks during the start period.</summary>
    [JsonPropertyName("StartInterval")]
    public long StartInterval { get; init; }

    /// <summary>Failures in a row that make a container unhealthy.</summary>
    [JsonPropertyName("Retries")]
    public int Retries { get; init; }
}
