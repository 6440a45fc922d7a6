using Hull.Oci.Runtime;

namespace Hull.Runtime.Jail;

/// <summary>The system calls of a jailed machine; a test holds each list but the rare ones to being used.</summary>
/// <remarks>Source: syscalls(2). Whatever is not here fails with EPERM: no socket, no program but its own, no name is made.</remarks>
public static class JailCalls
{
    private const uint NoSuchCall = 38;
    private const ulong CloneThread = 0x1_0000;

    /// <summary>The jailer's last call, and what the C library and .NET ask before the program's first line.</summary>
    public static IReadOnlyList<string> Start { get; } =
    [
        "execve", "arch_prctl", "set_tid_address", "brk", "readlink", "sysinfo", "statfs", "openat",
        "sched_getaffinity", "prlimit64", "get_mempolicy", "getpid",
    ];

    /// <summary>Memory: the guest's, which is a memory file, and .NET's.</summary>
    public static IReadOnlyList<string> Memory { get; } =
        ["mmap", "munmap", "mprotect", "madvise", "memfd_create", "ftruncate", "membarrier"];

    /// <summary>Threads: one for each processor, device and client.</summary>
    public static IReadOnlyList<string> Threads { get; } =
        ["futex", "sched_yield", "gettid", "set_robust_list", "rseq", "rt_sigaction", "rt_sigprocmask", "exit", "exit_group", "getrusage"];

    /// <summary>What was handed over: kernel, console, connections, clocks.</summary>
    public static IReadOnlyList<string> Handed { get; } =
        ["read", "write", "pread64", "fstat", "close", "fcntl", "accept4", "recvmsg", "shutdown", "poll", "ppoll", "eventfd2", "getrandom"];

    /// <summary>Disks and snapshots.</summary>
    public static IReadOnlyList<string> Disks { get; } = ["pwrite64", "lseek", "fsync"];

    /// <summary>The streams of a container.</summary>
    public static IReadOnlyList<string> Streams { get; } = ["epoll_create1", "epoll_ctl", "epoll_wait"];

    /// <summary>The modules of a container's guest, which lie in a directory.</summary>
    public static IReadOnlyList<string> Modules { get; } = ["getdents64", "newfstatat", "stat", "lstat", "flock"];

    /// <summary>Shared files: a thread that waits for their server stays where it is meanwhile.</summary>
    public static IReadOnlyList<string> Shares { get; } = ["sched_setaffinity"];

    /// <summary>
    /// What a quiet life need not use: memory and room on disks that the guest gave back; KVM and taps; .NET stopping a thread for its
    /// collector; a call that goes on after the process stood still; a machine whose clock is no vDSO.
    /// </summary>
    public static IReadOnlyList<string> Rare { get; } =
        ["fallocate", "ioctl", "tgkill", "rt_sigreturn", "restart_syscall", "clock_gettime"];

    /// <summary>The filter of a machine of the user's.</summary>
    public static SeccompSpec Filter() => FilterOf([.. Start, .. Memory, .. Threads, .. Handed, .. Disks, .. Shares, .. Rare]);

    /// <summary>The filter of a container's machine.</summary>
    /// <param name="hasDisk">Whether its root is on a disk.</param>
    public static SeccompSpec Container(bool hasDisk) =>
        FilterOf([.. Start, .. Memory, .. Threads, .. Handed, .. Streams, .. Modules, .. Shares, .. hasDisk ? Disks : [], .. Rare]);

    internal static SeccompSpec FilterOf(IReadOnlyList<string> allowed) => new()
    {
        DefaultAction = "SCMP_ACT_ERRNO",
        Architectures = ["SCMP_ARCH_X86_64"],
        Syscalls =
        [
            new SyscallRuleSpec { Names = allowed, Action = "SCMP_ACT_ALLOW" },

            // Threads, but no processes. The flags of clone3 are behind a pointer: the C library takes clone instead.
            new SyscallRuleSpec
            {
                Names = ["clone"],
                Action = "SCMP_ACT_ALLOW",
                Args = [new SyscallArgumentSpec { Index = 0, Op = "SCMP_CMP_MASKED_EQ", Value = CloneThread, ValueTwo = CloneThread }],
            },
            new SyscallRuleSpec { Names = ["clone3"], Action = "SCMP_ACT_ERRNO", ErrnoRet = NoSuchCall },
        ],
    };
}
