using System.Runtime.InteropServices;

namespace Hull.Linux;

/// <summary>Reading, writing and waiting on plain descriptors. Interrupted calls are repeated here.</summary>
public static class DescriptorIo
{
    /// <summary>Makes a pipe; both ends are close-on-exec.</summary>
    /// <param name="nonBlocking">Whether both ends answer "try again" instead of waiting.</param>
    /// <exception cref="LinuxException">No descriptors are left.</exception>
    public static (FileDescriptor Reader, FileDescriptor Writer) CreatePipe(bool nonBlocking = false)
    {
        Span<int> fds = stackalloc int[2];
        if (Libc.pipe2(ref fds[0], Libc.O_CLOEXEC | (nonBlocking ? Libc.O_NONBLOCK : 0)) != 0)
        {
            throw LinuxException.Last("pipe2", "");
        }

        return (FileDescriptor.Own(fds[0], "pipe2"), FileDescriptor.Own(fds[1], "pipe2"));
    }

    /// <summary>Reads what is there, waiting for the first byte.</summary>
    /// <returns>The number of bytes; 0 at the end.</returns>
    /// <exception cref="LinuxException">The read failed.</exception>
    public static int Read(FileDescriptor fd, Span<byte> buffer) =>
        TryRead(fd, buffer, out int count) ? count : throw LinuxException.Last("read", Name(fd));

    /// <summary>Reads what is there without waiting, from a non-blocking descriptor.</summary>
    /// <param name="fd">The descriptor.</param>
    /// <param name="buffer">Where to.</param>
    /// <param name="count">The number of bytes; 0 at the end, also when the other side of a terminal is gone.</param>
    /// <returns>False when nothing is there yet.</returns>
    /// <exception cref="LinuxException">The read failed.</exception>
    public static bool TryRead(FileDescriptor fd, Span<byte> buffer, out int count)
    {
        ArgumentNullException.ThrowIfNull(fd);
        while (true)
        {
            count = (int)Libc.read(fd, ref MemoryMarshal.GetReference(buffer), (nuint)buffer.Length);
            if (count >= 0)
            {
                return true;
            }

            switch ((Errno)Marshal.GetLastPInvokeError())
            {
                case Errno.Intr:
                    continue;
                case Errno.Again:
                    count = 0;
                    return false;
                case Errno.IO or Errno.ConnReset:
                    // A terminal's master reads EIO once the last slave is closed: pty(7). That is its end of file.
                    count = 0;
                    return true;
                default:
                    throw LinuxException.Last("read", Name(fd));
            }
        }
    }

    /// <summary>Writes as much as fits without waiting, to a non-blocking descriptor.</summary>
    /// <param name="fd">The descriptor.</param>
    /// <param name="data">What to write.</param>
    /// <param name="count">How many bytes went; 0 when none fits now.</param>
    /// <returns>False when the reader is gone.</returns>
    /// <exception cref="LinuxException">The write failed otherwise.</exception>
    public static bool TryWrite(FileDescriptor fd, ReadOnlySpan<byte> data, out int count)
    {
        ArgumentNullException.ThrowIfNull(fd);
        while (true)
        {
            count = (int)Libc.write(fd, in MemoryMarshal.GetReference(data), (nuint)data.Length);
            if (count >= 0)
            {
                return true;
            }

            count = 0;
            switch ((Errno)Marshal.GetLastPInvokeError())
            {
                case Errno.Intr:
                    continue;
                case Errno.Again:
                    return true;
                case Errno.Pipe or Errno.ConnReset or Errno.IO:
                    return false;
                default:
                    throw LinuxException.Last("write", Name(fd));
            }
        }
    }

    /// <summary>Writes everything, waiting as long as it takes.</summary>
    /// <returns>False when the reader is gone.</returns>
    /// <exception cref="LinuxException">The write failed otherwise.</exception>
    public static bool WriteAll(FileDescriptor fd, ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            if (!TryWrite(fd, data, out int count))
            {
                return false;
            }

            data = data[count..];
            if (count == 0)
            {
                Span<PollEntry> wait = [new PollEntry(fd, PollEvents.Out)];
                Poll(wait, -1);
            }
        }

        return true;
    }

    /// <summary>Waits until something happens to one of some descriptors.</summary>
    /// <param name="entries">The descriptors; their <see cref="PollEntry.Revents"/> are filled in.</param>
    /// <param name="timeoutMs">The longest wait in milliseconds; -1 for ever.</param>
    /// <returns>How many have an event; 0 after the time, and also when a signal came.</returns>
    /// <exception cref="LinuxException">Waiting failed.</exception>
    public static int Poll(Span<PollEntry> entries, int timeoutMs)
    {
        int count = Libc.poll(ref MemoryMarshal.GetReference(entries), (nuint)entries.Length, timeoutMs);
        if (count >= 0)
        {
            return count;
        }

        return (Errno)Marshal.GetLastPInvokeError() == Errno.Intr ? 0 : throw LinuxException.Last("poll", "");
    }

    /// <summary>Makes calls on the descriptor's open file answer "try again" instead of waiting, or wait again.</summary>
    /// <exception cref="LinuxException">The descriptor is closed.</exception>
    public static void SetNonBlocking(FileDescriptor fd, bool enabled)
    {
        int flags = Libc.fcntl(fd, Libc.F_GETFL, 0);
        if (flags < 0)
        {
            throw LinuxException.Last("fcntl", Name(fd));
        }

        flags = enabled ? flags | Libc.O_NONBLOCK : flags & ~Libc.O_NONBLOCK;
        if (Libc.fcntl(fd, Libc.F_SETFL, flags) < 0)
        {
            throw LinuxException.Last("fcntl", Name(fd));
        }
    }

    /// <summary>Makes a second descriptor of the same open file; close-on-exec.</summary>
    /// <exception cref="LinuxException">No descriptors are left.</exception>
    public static FileDescriptor Duplicate(FileDescriptor fd) =>
        FileDescriptor.Own(Libc.fcntl(fd, Libc.F_DUPFD_CLOEXEC, 0), "fcntl", Name(fd));

    /// <summary>Whether a number is a descriptor that whoever started this program left open for it.</summary>
    /// <remarks>What this program opens itself is close-on-exec: the runtime and Hull.Linux see to that. Source: fcntl(2), F_GETFD.</remarks>
    public static bool IsInherited(int number) => Libc.system_call(72, number, 1, 0, 0, 0, 0) == 0;

    private static string Name(FileDescriptor fd) => $"descriptor {fd}";
}
