using System.Text.Json.Serialization;

namespace Hull.Oci.Runtime;

/// <summary>Block device limits.</summary>
/// <remarks>Source: OCI runtime specification 1.2, config-linux.md, "Block IO".</remarks>
public sealed record BlockIoSpec
{
    /// <summary>10 to 1,000.</summary>
    public ushort? Weight { get; set; }

    /// <summary>10 to 1,000.</summary>
    public ushort? LeafWeight { get; set; }

    /// <summary>Weights by device.</summary>
    public IReadOnlyList<WeightDeviceSpec>? WeightDevice { get; set; }

    /// <summary>Bytes read per second.</summary>
    public IReadOnlyList<ThrottleDeviceSpec>? ThrottleReadBpsDevice { get; set; }

    /// <summary>Bytes written per second.</summary>
    public IReadOnlyList<ThrottleDeviceSpec>? ThrottleWriteBpsDevice { get; set; }

    /// <summary>Reads per second.</summary>
    [JsonPropertyName("throttleReadIOPSDevice")]
    public IReadOnlyList<ThrottleDeviceSpec>? ThrottleReadIOPSDevice { get; set; }

    /// <summary>Writes per second.</summary>
    [JsonPropertyName("throttleWriteIOPSDevice")]
    public IReadOnlyList<ThrottleDeviceSpec>? ThrottleWriteIOPSDevice { get; set; }
}
