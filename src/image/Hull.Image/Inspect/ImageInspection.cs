using System.Text.Json.Serialization;
using Hull.Oci.Image;

namespace Hull.Image;

/// <summary>What <c>hull image inspect</c> prints and the Docker API answers about one image.</summary>
/// <remarks>Source: Docker Engine API v1.51, ImageInspect; members Hull has nothing for are left out.</remarks>
public sealed record ImageInspection
{
    /// <summary>Digest of the configuration.</summary>
    [JsonPropertyName("Id")]
    public required string Id { get; init; }

    /// <summary>Names with tags.</summary>
    [JsonPropertyName("RepoTags")]
    public required IReadOnlyList<string> RepoTags { get; init; }

    /// <summary>Names with the digests registries know the image by.</summary>
    [JsonPropertyName("RepoDigests")]
    public required IReadOnlyList<string> RepoDigests { get; init; }

    /// <summary>What was said when the image was made.</summary>
    [JsonPropertyName("Comment")]
    public string Comment { get; init; } = "";

    /// <summary>When the image was made, RFC 3339; null when it does not say.</summary>
    [JsonPropertyName("Created")]
    public string? Created { get; init; }

    /// <summary>Who made it.</summary>
    [JsonPropertyName("Author")]
    public string Author { get; init; } = "";

    /// <summary>How to run it.</summary>
    [JsonPropertyName("Config")]
    public ContainerConfig? Config { get; init; }

    /// <summary>Processor architecture.</summary>
    [JsonPropertyName("Architecture")]
    public required string Architecture { get; init; }

    /// <summary>Variant of the architecture.</summary>
    [JsonPropertyName("Variant")]
    public string? Variant { get; init; }

    /// <summary>Operating system.</summary>
    [JsonPropertyName("Os")]
    public required string Os { get; init; }

    /// <summary>Bytes as the image is stored.</summary>
    [JsonPropertyName("Size")]
    public required long Size { get; init; }

    /// <summary>The uncompressed layers.</summary>
    [JsonPropertyName("RootFS")]
    public required RootFsInspection RootFS { get; init; }

    /// <summary>The manifest in the store.</summary>
    [JsonPropertyName("Descriptor")]
    public required Descriptor Descriptor { get; init; }

    /// <summary>Collects what is known about an image.</summary>
    /// <param name="images">The store it is in.</param>
    /// <param name="image">The image.</param>
    /// <exception cref="HullException">The index cannot be read.</exception>
    public static ImageInspection Of(ImageStore images, LocalImage image)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(image);
        ImageEntry[] entries = [.. images.List().Where(entry => entry.Id == image.Id)];
        return new ImageInspection
        {
            Id = image.Id.ToString(),
            RepoTags = [.. entries.Select(entry => entry.Reference).OfType<ImageReference>()
                .Where(name => name.Digest is null).Select(name => name.ToString())],
            RepoDigests = [.. entries.Where(entry => entry is { Reference: not null, Source: not null })
                .Select(entry => $"{entry.Reference?.Name}@{entry.Source}").Distinct()],
            Comment = image.Config.Comment ?? "",
            Created = image.Config.Created?.ToString("O", System.Globalization.CultureInfo.InvariantCulture),
            Author = image.Config.Author ?? "",
            Config = image.Config.Config,
            Architecture = image.Platform.Architecture,
            Variant = image.Config.Variant,
            Os = image.Platform.OS,
            Size = image.Size,
            RootFS = new RootFsInspection { Layers = [.. image.Layers.Select(layer => layer.DiffId.ToString())] },
            Descriptor = image.ManifestDescriptor,
        };
    }
}
