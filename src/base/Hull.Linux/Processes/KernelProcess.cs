using System.Runtime.InteropServices;

namespace Hull.Linux;

/// <summary>Processes by pidfd, and the socket pair a parent and a child talk over.</summary>
/// <remarks>Source: pidfd_open(2), pidfd_send_signal(2), waitid(2), socketpair(2), poll(2).</remarks>
public static class KernelProcess
{
    /// <summary>Opens a pidfd for a process.</summary>
    /// <returns>Null when there is no such process.</returns>
    public static FileDescriptor? TryOpen(int processId, out Errno error)
    {
        nint result = Libc.system_call(434, processId, 0, 0, 0, 0, 0);
        error = result < 0 ? (Errno)Marshal.GetLastPInvokeError() : Errno.None;
        return result < 0 ? null : FileDescriptor.Own((int)result, "pidfd_open");
    }

    /// <summary>Takes a copy of a descriptor out of another process.</summary>
    /// <remarks>Source: pidfd_getfd(2). Needs the right to trace the process.</remarks>
    /// <exception cref="LinuxException">There is no such descriptor, or this process may not take it.</exception>
    public static FileDescriptor TakeDescriptor(FileDescriptor pidFd, int number)
    {
        ArgumentNullException.ThrowIfNull(pidFd);
        nint result = Libc.system_call(438, pidFd.Number, number, 0, 0, 0, 0);
        return FileDescriptor.Own((int)result, "pidfd_getfd", $"descriptor {number}");
    }

    /// <summary>Sends a signal; signal 0 only asks whether the process exists.</summary>
    public static Errno TrySignal(FileDescriptor pidFd, int signal)
    {
        ArgumentNullException.ThrowIfNull(pidFd);
        nint result = Libc.system_call(424, pidFd.Number, signal, 0, 0, 0, 0);
        return result < 0 ? (Errno)Marshal.GetLastPInvokeError() : Errno.None;
    }

    /// <summary>Takes the exit status of a child that ended, or waits for that.</summary>
    /// <param name="processId">The child; -1 for any.</param>
    /// <param name="wait">Whether to wait.</param>
    /// <param name="status">The status word of wait4(2).</param>
    /// <returns>The child's process id; 0 when none ended and waiting was not asked; -1 when there is no such child.</returns>
    public static unsafe int Reap(int processId, bool wait, out int status)
    {
        int word = 0;
        nint result;
        do
        {
            // SAFETY: the kernel writes one int.
            result = Libc.system_call(61, processId, (nint)(&word), wait ? 0 : 1, 0, 0, 0);
        }
        while (result < 0 && Marshal.GetLastPInvokeError() == (int)Errno.Intr);

        status = word;
        return (int)result;
    }

    /// <summary>Makes a connected pair of sequenced-packet sockets, close-on-exec.</summary>
    /// <exception cref="LinuxException">It failed.</exception>
    public static unsafe (FileDescriptor Near, FileDescriptor Far) SocketPair()
    {
        const int Unix = 1;
        const int SequencedCloseOnExec = 5 | 0x80000;
        int* pair = stackalloc int[2];

        // SAFETY: the kernel writes two ints.
        return Libc.system_call(53, Unix, SequencedCloseOnExec, 0, (nint)pair, 0, 0) == 0
            ? (FileDescriptor.Own(pair[0], "socketpair"), FileDescriptor.Own(pair[1], "socketpair"))
            : throw LinuxException.Last("socketpair", "AF_UNIX");
    }

    /// <summary>Waits until a descriptor is readable or its peer hung up.</summary>
    /// <param name="file">The descriptor.</param>
    /// <param name="timeoutMs">How long, in milliseconds; -1 for ever, 0 to only look.</param>
    /// <returns>Whether it is.</returns>
    public static unsafe bool WaitReadable(FileDescriptor file, int timeoutMs)
    {
        ArgumentNullException.ThrowIfNull(file);
        ulong entry = (uint)file.Number | (1ul << 32);
        nint result;
        do
        {
            // SAFETY: struct pollfd is eight bytes: the descriptor, then POLLIN.
            result = Libc.system_call(7, (nint)(&entry), 1, timeoutMs, 0, 0, 0);
        }
        while (result < 0 && Marshal.GetLastPInvokeError() == (int)Errno.Intr);

        return result > 0;
    }

    /// <summary>The effective user id of this process.</summary>
    public static uint EffectiveUserId => (uint)Libc.system_call(107, 0, 0, 0, 0, 0, 0);

    /// <summary>The effective group id of this process.</summary>
    public static uint EffectiveGroupId => (uint)Libc.system_call(108, 0, 0, 0, 0, 0, 0);

    /// <summary>This process's id.</summary>
    public static int CurrentId => (int)Libc.system_call(39, 0, 0, 0, 0, 0, 0);

    /// <summary>Reads this thread's permitted and effective capabilities as bit masks.</summary>
    public static unsafe (ulong Permitted, ulong Effective) Capabilities()
    {
        // struct __user_cap_header_struct: version 3, pid 0; two data blocks of effective, permitted, inheritable.
        uint* header = stackalloc uint[2];
        header[0] = 0x20080522;
        header[1] = 0;
        uint* data = stackalloc uint[6];

        // SAFETY: version 3 writes two blocks of twelve bytes.
        return Libc.system_call(125, (nint)header, (nint)data, 0, 0, 0, 0) == 0
            ? (data[1] | ((ulong)data[4] << 32), data[0] | ((ulong)data[3] << 32))
            : throw LinuxException.Last("capget", "self");
    }

    /// <summary>Makes orphaned descendants children of this process instead of the init process's.</summary>
    public static void BecomeSubreaper() => _ = Libc.system_call(157, 36, 1, 0, 0, 0, 0);
}
