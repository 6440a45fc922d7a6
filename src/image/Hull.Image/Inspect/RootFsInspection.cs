using System.Text.Json.Serialization;

namespace Hull.Image;

/// <summary>The layers of an inspected image.</summary>
public sealed record RootFsInspection
{
    /// <summary>Always <c>layers</c>.</summary>
    [JsonPropertyName("Type")]
    public string Type { get; init; } = "layers";

    /// <summary>Digests of the uncompressed layers, lowest first.</summary>
    [JsonPropertyName("Layers")]
    public required IReadOnlyList<string> Layers { get; init; }
}
