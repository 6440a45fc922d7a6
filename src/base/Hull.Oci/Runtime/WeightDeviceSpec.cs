namespace Hull.Oci.Runtime;

/// <summary>Weight for one block device.</summary>
/// <remarks>Source: OCI runtime specification 1.2, config-linux.md, "Block IO".</remarks>
public sealed record WeightDeviceSpec
{
    /// <summary>Major number.</summary>
    public long Major { get; set; }

    /// <summary>Minor number.</summary>
    public long Minor { get; set; }

    /// <summary>10 to 1,000.</summary>
    public ushort? Weight { get; set; }

    /// <summary>10 to 1,000.</summary>
    public ushort? LeafWeight { get; set; }
}
