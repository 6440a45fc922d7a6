namespace Hull.Oci.Runtime;

/// <summary>A host network device moved into the container.</summary>
/// <remarks>Source: OCI runtime specification 1.3, config-linux.md, "Network devices".</remarks>
public sealed record NetDeviceSpec
{
    /// <summary>Its name inside; null keeps the host's.</summary>
    public string? Name { get; set; }
}
