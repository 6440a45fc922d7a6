namespace Hull.Oci.Runtime;

/// <summary>The root file system of a container.</summary>
/// <remarks>Source: OCI runtime specification 1.2, config.md, "Root".</remarks>
public sealed record RootSpec
{
    /// <summary>Path of the root, absolute or relative to the bundle.</summary>
    public string Path { get; set; } = "";

    /// <summary>Whether the container sees its root read-only.</summary>
    public bool Readonly { get; set; }
}
