namespace Hull.Runtime.Security;

/// <summary>The names of capabilities, as the OCI specification and Docker's options write them.</summary>
/// <remarks>Source: capabilities(7); OCI runtime specification 1.2, config.md, "capabilities".</remarks>
public static class CapabilityNames
{
    private const string Prefix = "CAP_";

    private static readonly string[] s_names =
    [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL",
        "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP", "CAP_LINUX_IMMUTABLE", "CAP_NET_BIND_SERVICE",
        "CAP_NET_BROADCAST", "CAP_NET_ADMIN", "CAP_NET_RAW", "CAP_IPC_LOCK", "CAP_IPC_OWNER",
        "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_CHROOT", "CAP_SYS_PTRACE", "CAP_SYS_PACCT",
        "CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_NICE", "CAP_SYS_RESOURCE", "CAP_SYS_TIME",
        "CAP_SYS_TTY_CONFIG", "CAP_MKNOD", "CAP_LEASE", "CAP_AUDIT_WRITE", "CAP_AUDIT_CONTROL",
        "CAP_SETFCAP", "CAP_MAC_OVERRIDE", "CAP_MAC_ADMIN", "CAP_SYSLOG", "CAP_WAKE_ALARM",
        "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ", "CAP_PERFMON", "CAP_BPF", "CAP_CHECKPOINT_RESTORE",
    ];

    /// <summary>Every name this build knows; the place is the kernel's bit number.</summary>
    public static IReadOnlyList<string> All => s_names;

    /// <summary>The name of a capability: <c>CAP_CHOWN</c>.</summary>
    public static string Of(Capability capability) => s_names[(int)capability];

    /// <summary>Finds a capability by its exact name, as config.json writes it: <c>CAP_CHOWN</c>.</summary>
    public static bool TryFind(string? name, out Capability capability)
    {
        int index = Array.IndexOf(s_names, name);
        capability = (Capability)Math.Max(index, 0);
        return index >= 0;
    }

    /// <summary>Reads a capability as a person writes it: in either case, with or without <c>CAP_</c>.</summary>
    public static bool TryParse(string? text, out Capability capability)
    {
        string name = (text ?? "").Trim().ToUpperInvariant();
        return TryFind(name.StartsWith(Prefix, StringComparison.Ordinal) ? name : Prefix + name, out capability);
    }
}
