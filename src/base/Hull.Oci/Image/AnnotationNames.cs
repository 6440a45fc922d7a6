namespace Hull.Oci.Image;

/// <summary>Annotation keys that Hull reads or writes. Source: OCI image specification 1.1, annotations.md.</summary>
public static class AnnotationNames
{
    /// <summary>The name of an image inside an image layout.</summary>
    public const string RefName = "org.opencontainers.image.ref.name";

    /// <summary>When an image was made, RFC 3339.</summary>
    public const string Created = "org.opencontainers.image.created";

    /// <summary>The full name an image has in containerd's archives, which Docker writes and reads too.</summary>
    public const string ContainerdImageName = "io.containerd.image.name";

    /// <summary>Hull: digest of the configuration of the manifest a descriptor of the local index names.</summary>
    public const string HullConfig = "hull.image.config";

    /// <summary>Hull: bytes of the manifest, its configuration and its layers together.</summary>
    public const string HullSize = "hull.image.size";

    /// <summary>Hull: digest of what the registry answered for the name, an index or the manifest itself.</summary>
    public const string HullSource = "hull.image.source";
}
