using System.Text.Json.Serialization;

namespace Hull.Oci.Image;

/// <summary>The uncompressed layers of an image.</summary>
/// <remarks>Source: OCI image specification 1.1, config.md, "rootfs".</remarks>
public sealed record RootFsConfig
{
    /// <summary>Always <c>layers</c>.</summary>
    [JsonPropertyName("type")]
    public string Type { get; init; } = "layers";

    /// <summary>Digests of the uncompressed archives, lowest layer first.</summary>
    [JsonPropertyName("diff_ids")]
    public IReadOnlyList<Digest> DiffIds { get; init; } = [];
}
