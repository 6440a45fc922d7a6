namespace Hull.Oci.Image;

/// <summary>Names of the kinds of image content, the OCI ones and Docker's schema 2, which are accepted alike.</summary>
/// <remarks>Source: OCI image specification 1.1, media-types.md; Docker image manifest version 2, schema 2.</remarks>
public static class MediaTypes
{
    /// <summary>An OCI index.</summary>
    public const string Index = "application/vnd.oci.image.index.v1+json";

    /// <summary>An OCI manifest.</summary>
    public const string Manifest = "application/vnd.oci.image.manifest.v1+json";

    /// <summary>An OCI image configuration.</summary>
    public const string Config = "application/vnd.oci.image.config.v1+json";

    /// <summary>An uncompressed layer.</summary>
    public const string Layer = "application/vnd.oci.image.layer.v1.tar";

    /// <summary>A layer compressed with gzip.</summary>
    public const string LayerGzip = "application/vnd.oci.image.layer.v1.tar+gzip";

    /// <summary>A layer compressed with Zstandard.</summary>
    public const string LayerZstd = "application/vnd.oci.image.layer.v1.tar+zstd";

    /// <summary>An uncompressed layer with distribution limits (deprecated).</summary>
    public const string LayerForeign = "application/vnd.oci.image.layer.nondistributable.v1.tar";

    /// <summary>A gzip layer with distribution limits (deprecated).</summary>
    public const string LayerForeignGzip = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip";

    /// <summary>A Zstandard layer with distribution limits (deprecated).</summary>
    public const string LayerForeignZstd = "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd";

    /// <summary>The empty JSON object that artifacts use as their configuration.</summary>
    public const string Empty = "application/vnd.oci.empty.v1+json";

    /// <summary>Docker's manifest list.</summary>
    public const string DockerManifestList = "application/vnd.docker.distribution.manifest.list.v2+json";

    /// <summary>Docker's manifest, schema 2.</summary>
    public const string DockerManifest = "application/vnd.docker.distribution.manifest.v2+json";

    /// <summary>Docker's image configuration.</summary>
    public const string DockerConfig = "application/vnd.docker.container.image.v1+json";

    /// <summary>Docker's uncompressed layer.</summary>
    public const string DockerLayer = "application/vnd.docker.image.rootfs.diff.tar";

    /// <summary>Docker's gzip layer.</summary>
    public const string DockerLayerGzip = "application/vnd.docker.image.rootfs.diff.tar.gzip";

    /// <summary>Docker's Zstandard layer, which some builders write.</summary>
    public const string DockerLayerZstd = "application/vnd.docker.image.rootfs.diff.tar.zstd";

    /// <summary>Docker's layer that is fetched from elsewhere.</summary>
    public const string DockerLayerForeignGzip = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";

    /// <summary>Docker's manifest, schema 1, which is refused: it names no digests of its layers.</summary>
    public const string DockerManifestSchema1 = "application/vnd.docker.distribution.manifest.v1+json";

    /// <summary>Docker's signed manifest, schema 1; refused as well.</summary>
    public const string DockerManifestSchema1Signed = "application/vnd.docker.distribution.manifest.v1+prettyjws";

    /// <summary>Whether content of this type lists manifests.</summary>
    public static bool IsIndex(string? mediaType) => mediaType is Index or DockerManifestList;

    /// <summary>Whether content of this type is the manifest of one image.</summary>
    public static bool IsManifest(string? mediaType) => mediaType is Manifest or DockerManifest;

    /// <summary>Whether content of this type is a file system layer that can be unpacked.</summary>
    public static bool IsLayer(string? mediaType) => mediaType is Layer or LayerGzip or LayerZstd
        or DockerLayer or DockerLayerGzip or DockerLayerZstd || IsForeignLayer(mediaType);

    /// <summary>Whether this layer is not distributed by registries as others are, and is left out of a push.</summary>
    public static bool IsForeignLayer(string? mediaType) =>
        mediaType is LayerForeign or LayerForeignGzip or LayerForeignZstd or DockerLayerForeignGzip;
}
