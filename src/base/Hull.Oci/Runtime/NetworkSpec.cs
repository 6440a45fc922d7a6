using System.Text.Json.Serialization;

namespace Hull.Oci.Runtime;

/// <summary>Network class and priorities (cgroup v1).</summary>
/// <remarks>Source: OCI runtime specification 1.2, config-linux.md, "Network".</remarks>
public sealed record NetworkSpec
{
    /// <summary>Class tag of packets.</summary>
    [JsonPropertyName("classID")]
    public uint? ClassID { get; set; }

    /// <summary>Priorities by interface.</summary>
    public IReadOnlyList<InterfacePrioritySpec>? Priorities { get; set; }
}
