using Hull.Oci.Runtime;

namespace Hull.Runtime.Container.Spawn;

/// <summary>The five capability sets as bit masks, without what the runtime itself does not have.</summary>
/// <param name="Bounding">What may ever be gained.</param>
/// <param name="Effective">What is in force.</param>
/// <param name="Permitted">What may be put in force.</param>
/// <param name="Inheritable">What an exec may pass on.</param>
/// <param name="Ambient">What an exec keeps without file capabilities.</param>
internal readonly record struct CapabilityMasks(ulong Bounding, ulong Effective, ulong Permitted, ulong Inheritable, ulong Ambient)
{
    private static readonly string[] s_names =
    [
        "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP", "LINUX_IMMUTABLE",
        "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER", "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT",
        "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE", "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE",
        "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP", "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ",
        "PERFMON", "BPF", "CHECKPOINT_RESTORE",
    ];

    /// <summary>Reads the sets; names that no kernel knows are ignored, as runc and crun do.</summary>
    internal static CapabilityMasks Of(CapabilitiesSpec? sets, ulong available)
    {
        if (sets is null)
        {
            return default;
        }

        ulong inheritable = MaskOf(sets.Inheritable) & available;
        ulong permitted = MaskOf(sets.Permitted) & available;

        // An ambient capability must be permitted and inheritable; runtimes add it to neither, the kernel then refuses.
        return new CapabilityMasks(
            MaskOf(sets.Bounding), MaskOf(sets.Effective) & permitted, permitted, inheritable, MaskOf(sets.Ambient) & available);
    }

    private static ulong MaskOf(IReadOnlyList<string>? names)
    {
        ulong mask = 0;
        for (int i = 0; i < (names?.Count ?? 0); i++)
        {
            string name = names![i];
            int number = name.StartsWith("CAP_", StringComparison.Ordinal) ? IndexOf(name.AsSpan(4)) : -1;
            mask |= number < 0 ? 0 : 1ul << number;
        }

        return mask;
    }

    private static int IndexOf(ReadOnlySpan<char> name)
    {
        for (int i = 0; i < s_names.Length; i++)
        {
            if (name.SequenceEqual(s_names[i]))
            {
                return i;
            }
        }

        return -1;
    }
}
