namespace Hull.Oci.Runtime;

/// <summary>Action for some system calls.</summary>
/// <remarks>Source: OCI runtime specification 1.2, config-linux.md, "Seccomp".</remarks>
public sealed record SyscallRuleSpec
{
    /// <summary>Calls by name.</summary>
    public IReadOnlyList<string>? Names { get; set; }

    /// <summary><c>SCMP_ACT_…</c>.</summary>
    public string Action { get; set; } = "";

    /// <summary>Error number for ERRNO and TRACE.</summary>
    public uint? ErrnoRet { get; set; }

    /// <summary>Conditions, all of which must hold.</summary>
    public IReadOnlyList<SyscallArgumentSpec>? Args { get; set; }
}
