using System.Text.Json.Serialization;

namespace Hull.Oci.Image;

/// <summary>What an image is: platform, how to run it, which layers it is made of and how they came to be.</summary>
/// <remarks>
/// Source: OCI image specification 1.1, config.md; members marked "Docker" are from Docker's image specification 1.2.
/// </remarks>
public sealed record ImageConfig
{
    /// <summary>When the image was made.</summary>
    [JsonPropertyName("created")]
    public DateTimeOffset? Created { get; init; }

    /// <summary>Who made it.</summary>
    [JsonPropertyName("author")]
    public string? Author { get; init; }

    /// <summary>Processor architecture in Go's spelling, such as <c>amd64</c>.</summary>
    [JsonPropertyName("architecture")]
    public string? Architecture { get; init; }

    /// <summary>Variant of the architecture, such as <c>v8</c>.</summary>
    [JsonPropertyName("variant")]
    public string? Variant { get; init; }

    /// <summary>Operating system in Go's spelling.</summary>
    [JsonPropertyName("os")]
    public string? OS { get; init; }

    /// <summary>Version of the operating system; Windows only.</summary>
    [JsonPropertyName("os.version")]
    public string? OSVersion { get; init; }

    /// <summary>Features of the operating system; Windows only.</summary>
    [JsonPropertyName("os.features")]
    public IReadOnlyList<string>? OSFeatures { get; init; }

    /// <summary>How to run a container of the image.</summary>
    [JsonPropertyName("config")]
    public ContainerConfig? Config { get; init; }

    /// <summary>The uncompressed layers.</summary>
    [JsonPropertyName("rootfs")]
    public required RootFsConfig RootFs { get; init; }

    /// <summary>How each layer came to be, first one first.</summary>
    [JsonPropertyName("history")]
    public IReadOnlyList<HistoryEntry>? History { get; init; }

    /// <summary>Docker: version of the program that made the image.</summary>
    [JsonPropertyName("docker_version")]
    public string? DockerVersion { get; init; }

    /// <summary>Docker: the container an image was committed from.</summary>
    [JsonPropertyName("container")]
    public string? Container { get; init; }

    /// <summary>Docker: what was said on commit.</summary>
    [JsonPropertyName("comment")]
    public string? Comment { get; init; }
}
