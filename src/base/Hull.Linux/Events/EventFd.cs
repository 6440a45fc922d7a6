using System.Runtime.InteropServices;

namespace Hull.Linux;

/// <summary>A doorbell: one side signals, the other takes every signal since it last looked.</summary>
/// <remarks>Source: eventfd(2). Thread-safe.</remarks>
public sealed class EventFd : IDisposable
{
    private readonly FileDescriptor _fd =
        FileDescriptor.Own(Libc.eventfd(0, Libc.EFD_CLOEXEC | Libc.EFD_NONBLOCK), "eventfd");

    /// <summary>The descriptor, for poll and for KVM's irqfd and ioeventfd.</summary>
    public FileDescriptor Descriptor => _fd;

    /// <summary>Rings once.</summary>
    /// <exception cref="LinuxException">The counter would overflow, or the descriptor is broken.</exception>
    public void Signal()
    {
        ulong one = 1;
        if (Libc.write_counter(_fd, in one, sizeof(ulong)) != sizeof(ulong))
        {
            throw LinuxException.Last("write", "eventfd");
        }
    }

    /// <summary>Takes all rings since the last call without waiting; false when nobody rang.</summary>
    /// <exception cref="LinuxException">The descriptor is broken.</exception>
    public bool TryTake()
    {
        ulong count = 0;
        if (Libc.read_counter(_fd, ref count, sizeof(ulong)) == sizeof(ulong))
        {
            return true;
        }

        return (Errno)Marshal.GetLastPInvokeError() == Errno.Again
            ? false
            : throw LinuxException.Last("read", "eventfd");
    }

    /// <inheritdoc/>
    public void Dispose() => _fd.Dispose();
}
