using Hull.Oci.Runtime;

namespace Hull.Runtime.Jail;

/// <summary>The system calls of the process that serves a machine's files; a test holds each list but the rare ones to being used.</summary>
/// <remarks>
/// Source: syscalls(2). It may do much to the files it was handed, and nothing else: no socket, no process, no mount, no other
/// root, no file by its handle, no other process's memory.
/// </remarks>
public static class FileServerCalls
{
    /// <summary>The jailer's last call, and what the C library and .NET need.</summary>
    public static IReadOnlyList<string> Start { get; } =
    [
        "execve", "arch_prctl", "set_tid_address", "brk", "readlink", "sysinfo", "statfs",
        "sched_getaffinity", "prlimit64", "get_mempolicy", "getpid", "mmap", "munmap", "mprotect", "madvise", "membarrier",
        "futex", "gettid", "set_robust_list", "rseq", "rt_sigaction", "rt_sigprocmask", "getrandom",
    ];

    /// <summary>Requests and answers, on the processor of whoever asks.</summary>
    public static IReadOnlyList<string> Requests { get; } = ["read", "write", "close", "sched_setaffinity"];

    /// <summary>What a guest asks of its files.</summary>
    public static IReadOnlyList<string> Files { get; } =
    [
        "openat", "statx", "fstatfs", "getdents64", "readlinkat", "mkdirat", "mknodat", "symlinkat", "linkat", "unlinkat", "renameat", "renameat2",
        "fchownat", "chmod", "truncate", "utimensat", "setxattr", "getxattr", "listxattr", "removexattr",
        "pread64", "pwrite64", "lseek", "fsync", "fdatasync", "fallocate", "copy_file_range", "setfsuid", "setfsgid", "umask",
    ];

    /// <summary>
    /// Making a whole file system last, which a guest seldom asks; ending, which the machine's end usually forestalls; .NET stopping a
    /// thread for its collector; a call that goes on after the process stood still; a machine whose clock is no vDSO.
    /// </summary>
    public static IReadOnlyList<string> Rare { get; } =
        ["exit", "exit_group", "syncfs", "sched_yield", "tgkill", "rt_sigreturn", "restart_syscall", "clock_gettime"];

    /// <summary>The filter.</summary>
    public static SeccompSpec Filter() => JailCalls.FilterOf([.. Start, .. Requests, .. Files, .. Rare]);
}
