using System.Runtime.InteropServices;

namespace Hull.Linux;

/// <summary>A set of descriptors to wait for, each with a key of the caller's.</summary>
/// <remarks>Source: epoll(7), level-triggered. Closing a descriptor takes it out of the set.</remarks>
public sealed class Epoll : IDisposable
{
    private readonly FileDescriptor _fd = FileDescriptor.Own(Libc.epoll_create1(Libc.EPOLL_CLOEXEC), "epoll_create1");

    /// <summary>The set itself.</summary>
    internal FileDescriptor Descriptor => _fd;

    /// <summary>Adds a descriptor.</summary>
    /// <exception cref="LinuxException">It is in the set already, or cannot be waited for.</exception>
    public void Add(FileDescriptor fd, PollEvents events, ulong key) => Control(Libc.EPOLL_CTL_ADD, fd, events, key);

    /// <summary>Watches for changes: an event comes once, and again only after something happened since.</summary>
    /// <exception cref="LinuxException">The descriptor cannot be waited on, such as a regular file.</exception>
    public void AddEdges(FileDescriptor fd, PollEvents events, ulong key)
    {
        const uint EdgeTriggered = 1u << 31;
        Control(Libc.EPOLL_CTL_ADD, fd, (ushort)events | EdgeTriggered, key);
    }

    /// <summary>Changes what a descriptor waits for.</summary>
    /// <exception cref="LinuxException">It is not in the set.</exception>
    public void Change(FileDescriptor fd, PollEvents events, ulong key) => Control(Libc.EPOLL_CTL_MOD, fd, events, key);

    /// <summary>Takes a descriptor out.</summary>
    /// <exception cref="LinuxException">It is not in the set.</exception>
    public void Remove(FileDescriptor fd) => Control(Libc.EPOLL_CTL_DEL, fd, PollEvents.None, 0);

    /// <summary>Waits for events.</summary>
    /// <param name="events">Where they go.</param>
    /// <param name="timeoutMs">The longest wait in milliseconds; -1 for ever.</param>
    /// <returns>How many there are; 0 after the time, and also when a signal came.</returns>
    /// <exception cref="LinuxException">Waiting failed.</exception>
    public int Wait(Span<EpollEvent> events, int timeoutMs)
    {
        int count = Libc.epoll_wait(_fd, ref MemoryMarshal.GetReference(events), events.Length, timeoutMs);
        if (count >= 0)
        {
            return count;
        }

        return (Errno)Marshal.GetLastPInvokeError() == Errno.Intr ? 0 : throw LinuxException.Last("epoll_wait", "");
    }

    /// <inheritdoc/>
    public void Dispose() => _fd.Dispose();

    private void Control(int op, FileDescriptor fd, PollEvents events, ulong key) => Control(op, fd, (ushort)events, key);

    private void Control(int op, FileDescriptor fd, uint events, ulong key)
    {
        EpollEvent @event = new() { Events = events, Data = key };
        if (Libc.epoll_ctl(_fd, op, fd, in @event) != 0)
        {
            throw LinuxException.Last("epoll_ctl", $"descriptor {fd}");
        }
    }
}
