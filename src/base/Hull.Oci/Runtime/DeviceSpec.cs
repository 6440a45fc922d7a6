namespace Hull.Oci.Runtime;

/// <summary>One device node.</summary>
/// <remarks>Source: OCI runtime specification 1.2, config-linux.md, "Devices".</remarks>
public sealed record DeviceSpec
{
    /// <summary><c>c</c>, <c>b</c>, <c>u</c> or <c>p</c>.</summary>
    public string Type { get; set; } = "";

    /// <summary>Where, inside the container.</summary>
    public string Path { get; set; } = "";

    /// <summary>Major number.</summary>
    public long Major { get; set; }

    /// <summary>Minor number.</summary>
    public long Minor { get; set; }

    /// <summary>Permission bits; 0666 when null.</summary>
    public uint? FileMode { get; set; }

    /// <summary>Owner inside.</summary>
    public uint? Uid { get; set; }

    /// <summary>Group inside.</summary>
    public uint? Gid { get; set; }
}
