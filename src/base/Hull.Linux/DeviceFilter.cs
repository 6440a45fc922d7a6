using System.Runtime.InteropServices;

namespace Hull.Linux;

/// <summary>Loads programs of type BPF_PROG_TYPE_CGROUP_DEVICE and attaches them to version 2 cgroups.</summary>
/// <remarks>Source: bpf(2), linux/bpf.h, Documentation/admin-guide/cgroup-v2.rst, "Device controller".</remarks>
public static class DeviceFilter
{
    private const int MaxAttached = 64;
    private const int AttachBytes = 20;

    /// <summary>
    /// Makes a program the only one attached to a cgroup. The new one is attached before the old ones go, so that no moment is
    /// without a filter.
    /// </summary>
    /// <param name="cgroupDirectory">The cgroup.</param>
    /// <param name="program">Instructions of eight bytes each (struct bpf_insn).</param>
    /// <exception cref="LinuxException">The kernel has no such programs, the verifier refused it, or this user may not load one.</exception>
    public static void Replace(string cgroupDirectory, ReadOnlySpan<ulong> program)
    {
        Errno error = KernelFile.OpenDirectory(cgroupDirectory, out FileDescriptor? cgroup);
        if (cgroup is null)
        {
            throw new LinuxException("open", cgroupDirectory, error);
        }

        using (cgroup)
        {
            Span<uint> old = stackalloc uint[MaxAttached];
            int count = Query(cgroup, cgroupDirectory, old);
            using FileDescriptor loaded = Load(program);
            Libc.BpfAttach attach = new()
            {
                TargetFd = (uint)cgroup.Number,
                AttachBpfFd = (uint)loaded.Number,
                AttachType = Libc.BPF_CGROUP_DEVICE,
                AttachFlags = Libc.BPF_F_ALLOW_MULTI,
            };
            if (Libc.bpf(SystemCallNumber, Libc.BPF_PROG_ATTACH, ref attach, AttachBytes) < 0)
            {
                throw LinuxException.Last("bpf(BPF_PROG_ATTACH)", cgroupDirectory);
            }

            for (int i = 0; i < count; i++)
            {
                Detach(cgroup, old[i]);
            }
        }
    }

    /// <summary>How many programs are attached to a cgroup itself.</summary>
    /// <exception cref="LinuxException">The kernel has no such programs.</exception>
    public static int Count(string cgroupDirectory)
    {
        Errno error = KernelFile.OpenDirectory(cgroupDirectory, out FileDescriptor? cgroup);
        if (cgroup is null)
        {
            throw new LinuxException("open", cgroupDirectory, error);
        }

        using (cgroup)
        {
            return Query(cgroup, cgroupDirectory, stackalloc uint[MaxAttached]);
        }
    }

    private static nint SystemCallNumber => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 280 : 321;

    private static unsafe FileDescriptor Load(ReadOnlySpan<ulong> program)
    {
        // The program calls no helper that asks for another licence.
        ReadOnlySpan<byte> license = "Apache-2.0\0"u8;

        // SAFETY: both spans are pinned while the kernel copies from them; the count is the span's own.
        fixed (ulong* instructions = program)
        fixed (byte* licenseText = license)
        {
            Libc.BpfLoad load = new()
            {
                ProgType = Libc.BPF_PROG_TYPE_CGROUP_DEVICE,
                InsnCnt = (uint)program.Length,
                Insns = (ulong)instructions,
                License = (ulong)licenseText,
            };
            return FileDescriptor.Own(
                (int)Libc.bpf(SystemCallNumber, Libc.BPF_PROG_LOAD, ref load, sizeof(Libc.BpfLoad)),
                "bpf(BPF_PROG_LOAD)",
                "device filter");
        }
    }

    private static unsafe int Query(FileDescriptor cgroup, string name, Span<uint> ids)
    {
        // SAFETY: the span is pinned while the kernel writes at most ProgCnt numbers to it.
        fixed (uint* first = ids)
        {
            Libc.BpfQuery query = new()
            {
                TargetFd = (uint)cgroup.Number,
                AttachType = Libc.BPF_CGROUP_DEVICE,
                ProgIds = (ulong)first,
                ProgCnt = (uint)ids.Length,
            };
            return Libc.bpf(SystemCallNumber, Libc.BPF_PROG_QUERY, ref query, sizeof(Libc.BpfQuery)) == 0
                ? (int)query.ProgCnt
                : throw LinuxException.Last("bpf(BPF_PROG_QUERY)", name);
        }
    }

    private static void Detach(FileDescriptor cgroup, uint id)
    {
        // BPF_PROG_GET_FD_BY_ID reads prog_id, next_id and open_flags: only the first matters.
        int number = (int)Libc.bpf(SystemCallNumber, Libc.BPF_PROG_GET_FD_BY_ID, ref id, sizeof(uint));
        if (number < 0)
        {
            // Gone already: somebody else removed it.
            return;
        }

        using var old = FileDescriptor.Own(number, "bpf(BPF_PROG_GET_FD_BY_ID)");
        Libc.BpfAttach detach = new()
        {
            TargetFd = (uint)cgroup.Number,
            AttachBpfFd = (uint)old.Number,
            AttachType = Libc.BPF_CGROUP_DEVICE,
        };
        _ = Libc.bpf(SystemCallNumber, Libc.BPF_PROG_DETACH, ref detach, AttachBytes);
    }
}
