using System.Text.Json.Serialization;

namespace Hull.Oci.Image;

/// <summary>How one layer, or a change of the configuration alone, came to be.</summary>
/// <remarks>Source: OCI image specification 1.1, config.md, "history".</remarks>
public sealed record HistoryEntry
{
    /// <summary>When.</summary>
    [JsonPropertyName("created")]
    public DateTimeOffset? Created { get; init; }

    /// <summary>By which command.</summary>
    [JsonPropertyName("created_by")]
    public string? CreatedBy { get; init; }

    /// <summary>By whom.</summary>
    [JsonPropertyName("author")]
    public string? Author { get; init; }

    /// <summary>What was said about it.</summary>
    [JsonPropertyName("comment")]
    public string? Comment { get; init; }

    /// <summary>Whether this step made no layer.</summary>
    [JsonPropertyName("empty_layer")]
    public bool EmptyLayer { get; init; }
}
