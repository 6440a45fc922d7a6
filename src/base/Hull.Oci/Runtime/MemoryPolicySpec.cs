namespace Hull.Oci.Runtime;

/// <summary>NUMA memory policy of the process.</summary>
/// <remarks>Source: OCI runtime specification 1.2, config-linux.md, "Memory policy"; set_mempolicy(2).</remarks>
public sealed record MemoryPolicySpec
{
    /// <summary><c>MPOL_…</c>.</summary>
    public string Mode { get; set; } = "";

    /// <summary>List such as <c>0-1</c>.</summary>
    public string? Nodes { get; set; }

    /// <summary><c>MPOL_F_…</c>.</summary>
    public IReadOnlyList<string>? Flags { get; set; }
}
