using System.Runtime.InteropServices;

namespace Hull.Linux;

/// <summary>One descriptor to wait for. Layout of struct pollfd, poll.h, 8 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct PollEntry
{
    /// <summary>The descriptor's number; a negative one is skipped.</summary>
    public int Fd;

    /// <summary>What to wait for.</summary>
    public PollEvents Events;

    /// <summary>What happened.</summary>
    public PollEvents Revents;

    /// <summary>Waits for some events of a descriptor.</summary>
    public PollEntry(FileDescriptor fd, PollEvents events)
    {
        ArgumentNullException.ThrowIfNull(fd);
        Fd = fd.Number;
        Events = events;
        Revents = PollEvents.None;
    }
}
