namespace Hull.Oci.Runtime;

/// <summary>System call filter.</summary>
/// <remarks>Source: OCI runtime specification 1.2, config-linux.md, "Seccomp".</remarks>
public sealed record SeccompSpec
{
    /// <summary><c>SCMP_ACT_…</c> for calls no rule names.</summary>
    public string DefaultAction { get; set; } = "";

    /// <summary>Error number of the default action.</summary>
    public uint? DefaultErrnoRet { get; set; }

    /// <summary><c>SCMP_ARCH_…</c>; the host's when null.</summary>
    public IReadOnlyList<string>? Architectures { get; set; }

    /// <summary><c>SECCOMP_FILTER_FLAG_…</c>.</summary>
    public IReadOnlyList<string>? Flags { get; set; }

    /// <summary>Socket that receives the notify descriptor.</summary>
    public string? ListenerPath { get; set; }

    /// <summary>Passed with it.</summary>
    public string? ListenerMetadata { get; set; }

    /// <summary>Rules.</summary>
    public IReadOnlyList<SyscallRuleSpec>? Syscalls { get; set; }
}
