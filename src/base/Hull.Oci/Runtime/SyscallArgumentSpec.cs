using System.Text.Json.Serialization;

namespace Hull.Oci.Runtime;

/// <summary>Condition on one argument.</summary>
/// <remarks>Source: OCI runtime specification 1.2, config-linux.md, "Seccomp".</remarks>
public sealed record SyscallArgumentSpec
{
    /// <summary>0 to 5.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public uint Index { get; set; }

    /// <summary>Compared with.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public ulong Value { get; set; }

    /// <summary>Second operand of masked comparison.</summary>
    public ulong ValueTwo { get; set; }

    /// <summary><c>SCMP_CMP_…</c>.</summary>
    public string Op { get; set; } = "";
}
