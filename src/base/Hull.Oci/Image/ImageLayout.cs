using System.Text.Json.Serialization;

namespace Hull.Oci.Image;

/// <summary>The <c>oci-layout</c> file of an image layout. Source: OCI image specification 1.1, image-layout.md.</summary>
public sealed record ImageLayout
{
    /// <summary>The version Hull reads and writes.</summary>
    public const string CurrentVersion = "1.0.0";

    /// <summary>Version of the layout.</summary>
    [JsonPropertyName("imageLayoutVersion")]
    public required string ImageLayoutVersion { get; init; }
}
