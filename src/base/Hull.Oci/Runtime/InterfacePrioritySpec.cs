namespace Hull.Oci.Runtime;

/// <summary>Priority of one interface.</summary>
/// <remarks>Source: OCI runtime specification 1.2, config-linux.md, "Network".</remarks>
public sealed record InterfacePrioritySpec
{
    /// <summary>Interface.</summary>
    public string Name { get; set; } = "";

    /// <summary>Priority.</summary>
    public uint Priority { get; set; }
}
