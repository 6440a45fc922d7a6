using System.Text.Json.Serialization;

namespace Hull.Oci.Runtime;

/// <summary>One device access rule.</summary>
/// <remarks>Source: OCI runtime specification 1.2, config-linux.md, "Allowed Device list".</remarks>
public sealed record DeviceRuleSpec
{
    /// <summary>Allows or denies.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public bool Allow { get; set; }

    /// <summary><c>a</c>, <c>c</c> or <c>b</c>; null means all.</summary>
    public string? Type { get; set; }

    /// <summary>Major number; null or -1 means all.</summary>
    public long? Major { get; set; }

    /// <summary>Minor number; null or -1 means all.</summary>
    public long? Minor { get; set; }

    /// <summary>Letters of <c>rwm</c>.</summary>
    public string? Access { get; set; }
}
