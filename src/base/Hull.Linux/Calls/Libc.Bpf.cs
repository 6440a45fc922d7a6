using System.Runtime.InteropServices;

namespace Hull.Linux;

internal static partial class Libc
{
    internal const int BPF_PROG_LOAD = 5;
    internal const int BPF_PROG_ATTACH = 8;
    internal const int BPF_PROG_DETACH = 9;
    internal const int BPF_PROG_GET_FD_BY_ID = 13;
    internal const int BPF_PROG_QUERY = 16;
    internal const uint BPF_PROG_TYPE_CGROUP_DEVICE = 15;
    internal const uint BPF_CGROUP_DEVICE = 6;
    internal const uint BPF_F_ALLOW_MULTI = 2;

    // bpf(2) has no wrapper in the C library; union bpf_attr is passed by the member in use.
    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    internal static partial nint bpf(nint number, nint command, ref BpfLoad attributes, nint size);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    internal static partial nint bpf(nint number, nint command, ref BpfAttach attributes, nint size);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    internal static partial nint bpf(nint number, nint command, ref BpfQuery attributes, nint size);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    internal static partial nint bpf(nint number, nint command, ref uint id, nint size);

    /// <summary>The BPF_PROG_LOAD member of union bpf_attr up to prog_flags, 48 bytes. Source: linux/bpf.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct BpfLoad
    {
        internal uint ProgType;
        internal uint InsnCnt;
        internal ulong Insns;
        internal ulong License;
        internal uint LogLevel;
        internal uint LogSize;
        internal ulong LogBuf;
        internal uint KernVersion;
        internal uint ProgFlags;
    }

    /// <summary>The BPF_PROG_ATTACH member of union bpf_attr up to replace_bpf_fd, 20 bytes. Source: linux/bpf.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct BpfAttach
    {
        internal uint TargetFd;
        internal uint AttachBpfFd;
        internal uint AttachType;
        internal uint AttachFlags;
        internal uint ReplaceBpfFd;
    }

    /// <summary>The BPF_PROG_QUERY member of union bpf_attr up to prog_cnt, 32 bytes. Source: linux/bpf.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct BpfQuery
    {
        internal uint TargetFd;
        internal uint AttachType;
        internal uint QueryFlags;
        internal uint AttachFlags;
        internal ulong ProgIds;
        internal uint ProgCnt;
        internal uint Padding;
    }
}
