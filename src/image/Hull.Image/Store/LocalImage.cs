using Hull.Oci.Image;

namespace Hull.Image;

/// <summary>An image of the local store, read and checked.</summary>
public sealed record LocalImage
{
    /// <summary>The name it was found by; its first name, or null, when it was found by id.</summary>
    public ImageReference? Reference { get; init; }

    /// <summary>The manifest as the store names it.</summary>
    public required Descriptor ManifestDescriptor { get; init; }

    /// <summary>The manifest.</summary>
    public required ImageManifest Manifest { get; init; }

    /// <summary>The configuration as the manifest names it.</summary>
    public Descriptor ConfigDescriptor => Manifest.Config;

    /// <summary>The configuration.</summary>
    public required ImageConfig Config { get; init; }

    /// <summary>The layers, lowest first.</summary>
    public required IReadOnlyList<ImageLayer> Layers { get; init; }

    /// <summary>What the registry answered for the name: an index or the manifest itself; null when it never was pulled.</summary>
    public Digest? Source { get; init; }

    /// <summary>The id users see: digest of the configuration.</summary>
    public Digest Id => Manifest.Config.Digest;

    /// <summary>What the image runs on.</summary>
    public Platform Platform => new()
    {
        OS = Config.OS ?? "linux",
        Architecture = Config.Architecture ?? "amd64",
        Variant = Config.Variant,
    };

    /// <summary>Bytes of manifest, configuration and layers as they are stored.</summary>
    public long Size => ManifestDescriptor.Size + Manifest.Config.Size + Layers.Sum(layer => layer.Descriptor.Size);
}
