namespace Hull.Oci.Runtime;

/// <summary>Rate for one block device.</summary>
/// <remarks>Source: OCI runtime specification 1.2, config-linux.md, "Block IO".</remarks>
public sealed record ThrottleDeviceSpec
{
    /// <summary>Major number.</summary>
    public long Major { get; set; }

    /// <summary>Minor number.</summary>
    public long Minor { get; set; }

    /// <summary>Bytes or operations per second.</summary>
    public ulong Rate { get; set; }
}
