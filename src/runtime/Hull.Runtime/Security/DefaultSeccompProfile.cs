using System.Runtime.InteropServices;
using Hull.Oci.Runtime;

namespace Hull.Runtime.Security;

/// <summary>The system call filter a container gets when nobody asks for another: everything not listed is refused.</summary>
/// <remarks>Source: syscalls(2), capabilities(7); docs/security.md compares it with Docker's.</remarks>
public static class DefaultSeccompProfile
{
    private const string Allow = "SCMP_ACT_ALLOW";
    private const string Refuse = "SCMP_ACT_ERRNO";
    private const string Equal = "SCMP_CMP_EQ";
    private const string Less = "SCMP_CMP_LT";
    private const string MaskedEqual = "SCMP_CMP_MASKED_EQ";

    private const uint PermissionDenied = 1;
    private const uint NoSuchCall = 38;

    // Every CLONE_NEW… that clone(2) takes: NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET. Source: linux/sched.h.
    private const ulong NamespaceFlags = 0x7E020000;

    // PER_LINUX, PER_LINUX32, both with UNAME26, and the query. Source: personality(2).
    private static readonly ulong[] s_personalities = [0x0, 0x8, 0x20000, 0x20008, 0xFFFFFFFF];

    // Address families above the 38 lowest, without AF_ALG (38) and AF_VSOCK (40). Source: bits/socket.h.
    private const ulong FirstRefusedFamily = 38;
    private static readonly ulong[] s_highFamilies = [39, 41, 42, 43, 44, 45];

    private static readonly (Capability Capability, string[] Calls)[] s_privileged =
    [
        (Capability.Bpf, ["bpf"]),
        (Capability.DacReadSearch, ["open_by_handle_at"]),
        (Capability.Perfmon, ["perf_event_open"]),
        (Capability.SysAdmin,
        [
            "bpf", "clone", "clone3", "fanotify_init", "fsconfig", "fsmount", "fsopen", "fspick", "lookup_dcookie", "mount",
            "mount_setattr", "move_mount", "open_tree", "open_tree_attr", "perf_event_open", "quotactl", "quotactl_fd",
            "setdomainname", "sethostname", "setns", "syslog", "umount", "umount2", "unshare",
        ]),
        (Capability.SysBoot, ["reboot"]),
        (Capability.SysChroot, ["chroot"]),
        (Capability.SysModule, ["delete_module", "finit_module", "init_module"]),
        (Capability.SysNice, ["get_mempolicy", "mbind", "set_mempolicy", "set_mempolicy_home_node"]),
        (Capability.SysPacct, ["acct"]),
        (Capability.SysPtrace, ["kcmp", "pidfd_getfd", "process_madvise"]),
        (Capability.SysRawio, ["ioperm", "iopl"]),
        (Capability.SysTime, ["clock_settime", "clock_settime64", "settimeofday", "stime"]),
        (Capability.SysTtyConfig, ["vhangup"]),
        (Capability.Syslog, ["syslog"]),
    ];

    /// <summary>The profile for a container with these capabilities: what one of them is for, it may call.</summary>
    /// <param name="capabilities">The bounding set of the container.</param>
    /// <param name="architecture"><see cref="Architecture.X64"/> or <see cref="Architecture.Arm64"/>.</param>
    /// <exception cref="HullException">There is no profile for the architecture.</exception>
    public static SeccompSpec For(CapabilitySet capabilities, Architecture architecture)
    {
        if (architecture is not (Architecture.X64 or Architecture.Arm64))
        {
            throw new HullException(ErrorKind.Unimplemented, $"There is no default seccomp profile for '{architecture}'; pass one of your own.");
        }

        List<SyscallRuleSpec> rules = [new() { Names = Names(capabilities, architecture), Action = Allow }];
        AddPersonalities(rules);
        AddFamilies(rules);
        if (!capabilities.Has(Capability.SysAdmin))
        {
            AddRestrictedClone(rules);
        }

        return new SeccompSpec
        {
            DefaultAction = Refuse,
            DefaultErrnoRet = PermissionDenied,
            Architectures = architecture == Architecture.X64 ? ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"] : ["SCMP_ARCH_AARCH64"],
            Syscalls = rules,
        };
    }

    private static List<string> Names(CapabilitySet capabilities, Architecture architecture)
    {
        List<string> names = [];
        foreach (IReadOnlyList<string> list in OrdinaryCalls.All)
        {
            names.AddRange(list);
        }

        if (architecture == Architecture.X64)
        {
            names.AddRange(["arch_prctl", "modify_ldt"]);
        }

        foreach ((Capability capability, string[] calls) in s_privileged)
        {
            if (capabilities.Has(capability))
            {
                names.AddRange(calls);
            }
        }

        return names;
    }

    private static void AddPersonalities(List<SyscallRuleSpec> rules)
    {
        foreach (ulong personality in s_personalities)
        {
            rules.Add(AllowWhen("personality", Equal, personality));
        }
    }

    // The kernel looks at 32 bits of the family, a filter at 64: a rule "not AF_VSOCK" would let a caller through
    // that sets a bit above them. So the rule lists what is allowed.
    private static void AddFamilies(List<SyscallRuleSpec> rules)
    {
        rules.Add(AllowWhen("socket", Less, FirstRefusedFamily));
        foreach (ulong family in s_highFamilies)
        {
            rules.Add(AllowWhen("socket", Equal, family));
        }
    }

    // clone3(2) takes its flags behind a pointer, where no filter can look: callers fall back to clone(2) on ENOSYS.
    private static void AddRestrictedClone(List<SyscallRuleSpec> rules)
    {
        rules.Add(AllowWhen("clone", MaskedEqual, NamespaceFlags));
        rules.Add(new SyscallRuleSpec { Names = ["clone3"], Action = Refuse, ErrnoRet = NoSuchCall });
    }

    private static SyscallRuleSpec AllowWhen(string call, string comparison, ulong value) => new()
    {
        Names = [call],
        Action = Allow,
        Args = [new SyscallArgumentSpec { Index = 0, Op = comparison, Value = value }],
    };
}
