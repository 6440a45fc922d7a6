namespace Hull.Oci.Runtime;

/// <summary>Offset of one clock.</summary>
/// <remarks>Source: OCI runtime specification 1.2, config-linux.md, "Time namespace offsets".</remarks>
public sealed record TimeOffsetSpec
{
    /// <summary>Seconds.</summary>
    public long Secs { get; set; }

    /// <summary>Nanoseconds.</summary>
    public uint Nanosecs { get; set; }
}
