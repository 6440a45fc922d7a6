using Hull.Oci.Runtime;

namespace Hull.Cli.Machines;

/// <summary>The system calls of a jailed machine; a test holds each list but the last to being used.</summary>
/// <remarks>Source: syscalls(2). Whatever is not here fails with EPERM: no socket, no program but its own, no name is made.</remarks>
internal static class JailCalls
{
    private const uint NoSuchCall = 38;
    private const ulong CloneThread = 0x1_0000;

    /// <summary>The jailer's last call, and what the C library and .NET ask before the program's first line.</summary>
    internal static IReadOnlyList<string> Start { get; } =
    [
        "execve", "arch_prctl", "set_tid_address", "brk", "readlink", "sysinfo", "statfs", "openat",
        "sched_getaffinity", "prlimit64", "get_mempolicy", "getpid",
    ];

    /// <summary>Memory: the guest's, which is a memory file, and .NET's.</summary>
    internal static IReadOnlyList<string> Memory { get; } =
        ["mmap", "munmap", "mprotect", "madvise", "memfd_create", "ftruncate", "membarrier"];

    /// <summary>Threads: one for each processor, device and client.</summary>
    internal static IReadOnlyList<string> Threads { get; } =
        ["futex", "sched_yield", "gettid", "set_robust_list", "rseq", "rt_sigaction", "rt_sigprocmask", "exit", "exit_group", "getrusage"];

    /// <summary>What was handed over: disks, console, control socket, clocks.</summary>
    internal static IReadOnlyList<string> Handed { get; } =
    [
        "read", "write", "pread64", "pwrite64", "lseek", "fstat", "fsync", "close", "fcntl", "accept4", "recvmsg", "poll", "ppoll",
        "eventfd2", "getrandom",
    ];

    /// <summary>
    /// What a quiet boot need not use: memory that the guest gave back; vectors of a disk's buffers; KVM and taps; .NET stopping its threads and ending after a
    /// failure; sleeping; a machine whose clock is no vDSO.
    /// </summary>
    internal static IReadOnlyList<string> Rare { get; } =
    [
        "fallocate", "preadv", "pwritev", "readv", "writev", "fdatasync", "ioctl", "tgkill", "rt_sigreturn", "sigaltstack", "restart_syscall",
        "mremap", "clock_gettime", "clock_nanosleep", "nanosleep", "getcpu", "prctl", "shutdown",
    ];

    /// <summary>The filter.</summary>
    internal static SeccompSpec Filter() => new()
    {
        DefaultAction = "SCMP_ACT_ERRNO",
        Architectures = ["SCMP_ARCH_X86_64"],
        Syscalls =
        [
            new SyscallRuleSpec { Names = [.. Start, .. Memory, .. Threads, .. Handed, .. Rare], Action = "SCMP_ACT_ALLOW" },

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
