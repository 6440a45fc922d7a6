namespace Hull.Oci.Runtime;

/// <summary>Limits of one RDMA device.</summary>
/// <remarks>Source: OCI runtime specification 1.2, config-linux.md, "RDMA".</remarks>
public sealed record RdmaSpec
{
    /// <summary>Most handles.</summary>
    public uint? HcaHandles { get; set; }

    /// <summary>Most objects.</summary>
    public uint? HcaObjects { get; set; }
}
