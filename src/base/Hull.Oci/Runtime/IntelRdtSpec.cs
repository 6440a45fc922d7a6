using System.Text.Json.Serialization;

namespace Hull.Oci.Runtime;

/// <summary>Intel resource director settings.</summary>
/// <remarks>Source: OCI runtime specification 1.2, config-linux.md, "IntelRdt".</remarks>
public sealed record IntelRdtSpec
{
    /// <summary>Class of service.</summary>
    [JsonPropertyName("closID")]
    public string? ClosID { get; set; }

    /// <summary>L3 allocation.</summary>
    [JsonPropertyName("l3CacheSchema")]
    public string? L3CacheSchema { get; set; }

    /// <summary>Memory bandwidth.</summary>
    [JsonPropertyName("memBwSchema")]
    public string? MemBwSchema { get; set; }

    /// <summary>Lines for the schemata file.</summary>
    public IReadOnlyList<string>? Schemata { get; set; }

    /// <summary>Whether to make a monitoring group.</summary>
    public bool EnableMonitoring { get; set; }

    /// <summary>Cache monitoring (older spelling).</summary>
    [JsonPropertyName("enableCMT")]
    public bool EnableCMT { get; set; }

    /// <summary>Bandwidth monitoring (older spelling).</summary>
    [JsonPropertyName("enableMBM")]
    public bool EnableMBM { get; set; }
}
