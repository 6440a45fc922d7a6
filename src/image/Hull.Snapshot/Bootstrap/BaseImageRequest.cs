using Hull.Image;
using Hull.Snapshot.Compression;

namespace Hull.Snapshot.Bootstrap;

/// <summary>Which base image to make out of distribution packages.</summary>
public sealed record BaseImageRequest
{
    /// <summary>The image's name, such as <c>debian:bookworm</c>.</summary>
    public required ImageReference Reference { get; init; }

    /// <summary>The release; the name's tag when null (<c>stable</c> for <c>latest</c>).</summary>
    public string? Suite { get; init; }

    /// <summary>What to install beside the essential packages, in mmdebstrap's words: <c>minbase</c>, <c>apt</c>, <c>important</c>.</summary>
    public string Variant { get; init; } = "minbase";

    /// <summary>Further packages.</summary>
    public IReadOnlyList<string> Include { get; init; } = [];

    /// <summary>Where packages come from; the host's own sources when null.</summary>
    public Uri? Mirror { get; init; }

    /// <summary>Components of a given mirror.</summary>
    public IReadOnlyList<string> Components { get; init; } = ["main"];

    /// <summary>File of the keys that sign the packages; the distribution's own when null.</summary>
    public string? Keyring { get; init; }

    /// <summary>How the layer is compressed.</summary>
    public CompressionKind Compression { get; init; } = CompressionKind.Gzip;
}
