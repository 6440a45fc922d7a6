using System.Runtime.InteropServices;

namespace Hull.Linux;

/// <summary>One event of an <see cref="Epoll"/> set. Layout of struct epoll_event on x86-64, sys/epoll.h, packed to 12 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
public struct EpollEvent
{
    /// <summary>What happened; the bits are those of <see cref="PollEvents"/>.</summary>
    public uint Events;

    /// <summary>The caller's own key.</summary>
    public ulong Data;
}
