using System.Text.Json.Serialization;

namespace Hull.Oci.Image;

/// <summary>Names some content by type, digest and size.</summary>
/// <remarks>Source: OCI image specification 1.1, descriptor.md.</remarks>
public sealed record Descriptor
{
    /// <summary>What the content is; see <see cref="MediaTypes"/>.</summary>
    [JsonPropertyName("mediaType")]
    public required string MediaType { get; init; }

    /// <summary>Digest of the content's bytes.</summary>
    [JsonPropertyName("digest")]
    public required Digest Digest { get; init; }

    /// <summary>Length of the content in bytes.</summary>
    [JsonPropertyName("size")]
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public required long Size { get; init; }

    /// <summary>Where else the content may be fetched; never followed by Hull.</summary>
    [JsonPropertyName("urls")]
    public IReadOnlyList<string>? Urls { get; init; }

    /// <summary>Free-form key-value pairs.</summary>
    [JsonPropertyName("annotations")]
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    /// <summary>The content itself, base64; checked against the digest before use.</summary>
    [JsonPropertyName("data")]
    public string? Data { get; init; }

    /// <summary>What kind of artifact a referenced manifest is.</summary>
    [JsonPropertyName("artifactType")]
    public string? ArtifactType { get; init; }

    /// <summary>For which platform a referenced manifest is.</summary>
    [JsonPropertyName("platform")]
    public Platform? Platform { get; init; }

    /// <summary>The annotation with this key; null when there is none.</summary>
    public string? Annotation(string key) => Annotations?.GetValueOrDefault(key);
}
