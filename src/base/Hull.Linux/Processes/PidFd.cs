using System.Runtime.InteropServices;

namespace Hull.Linux;

/// <summary>Names one process for good: its number cannot come to mean another. Source: pidfd_open(2).</summary>
public sealed class PidFd : IDisposable
{
    private PidFd(FileDescriptor fd) => Descriptor = fd;

    /// <summary>The descriptor; readable once the process ended.</summary>
    public FileDescriptor Descriptor { get; }

    /// <summary>Opens a process; null when there is none.</summary>
    /// <exception cref="LinuxException">It cannot be opened for another reason.</exception>
    public static PidFd? TryOpen(int pid)
    {
        int number = (int)Libc.syscall(Libc.SYS_pidfd_open, pid, 0, 0, 0);
        if (number >= 0)
        {
            return new PidFd(FileDescriptor.Own(number, "pidfd_open"));
        }

        return (Errno)Marshal.GetLastPInvokeError() is Errno.Srch or Errno.Inval
            ? null
            : throw LinuxException.Last("pidfd_open", $"process {pid}");
    }

    /// <summary>Sends it a signal.</summary>
    /// <returns>False when it has ended.</returns>
    /// <exception cref="LinuxException">This process may not signal it.</exception>
    public bool TrySignal(Signal signal)
    {
        if (Libc.syscall(Libc.SYS_pidfd_send_signal, Descriptor.Number, signal.Number, 0, 0) == 0)
        {
            return true;
        }

        return (Errno)Marshal.GetLastPInvokeError() == Errno.Srch
            ? false
            : throw LinuxException.Last("pidfd_send_signal", $"descriptor {Descriptor}");
    }

    /// <summary>Waits until the process ended.</summary>
    /// <param name="timeoutMs">The longest wait in milliseconds; -1 for ever.</param>
    /// <returns>False when the time passed first.</returns>
    public bool Wait(int timeoutMs)
    {
        Span<PollEntry> entries = [new PollEntry(Descriptor, PollEvents.In)];
        long end = timeoutMs < 0 ? long.MaxValue : Environment.TickCount64 + timeoutMs;
        while (true)
        {
            int left = timeoutMs < 0 ? -1 : (int)Math.Max(0, end - Environment.TickCount64);
            if (DescriptorIo.Poll(entries, left) > 0)
            {
                return true;
            }

            if (left == 0)
            {
                return false;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Descriptor.Dispose();
}
