using System.Text.Json.Serialization;

namespace Hull.Oci.Runtime;

/// <summary>One range of ids seen under other numbers.</summary>
/// <remarks>Source: OCI runtime specification 1.2, config-linux.md, "User namespace mappings".</remarks>
public sealed record IdMappingSpec
{
    /// <summary>First id inside.</summary>
    [JsonPropertyName("containerID")]
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public uint ContainerID { get; set; }

    /// <summary>First id outside.</summary>
    [JsonPropertyName("hostID")]
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public uint HostID { get; set; }

    /// <summary>How many.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public uint Size { get; set; }
}
