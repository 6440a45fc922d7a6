using Hull.Oci.Image;

namespace Hull.Image;

/// <summary>One line of the store's index: a name, or no name, of one image. Reading it opens no other file.</summary>
public sealed record ImageEntry
{
    /// <summary>The name; null for an image that lost its last one.</summary>
    public required ImageReference? Reference { get; init; }

    /// <summary>The manifest (or, from another program, an index) the name stands for.</summary>
    public required Descriptor Descriptor { get; init; }

    /// <summary>The id users see, digest of the configuration; the manifest's own digest where it is not known.</summary>
    public required Digest Id { get; init; }

    /// <summary>Bytes of manifest, configuration and layers as they are stored; the manifest's where not known.</summary>
    public required long Size { get; init; }

    /// <summary>When the image was made; null when it does not say.</summary>
    public required DateTimeOffset? Created { get; init; }

    /// <summary>What the registry answered for the name; null when it never was pulled.</summary>
    public required Digest? Source { get; init; }
}
