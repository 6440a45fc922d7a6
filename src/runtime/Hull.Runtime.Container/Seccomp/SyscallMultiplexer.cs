namespace Hull.Runtime.Container.Seccomp;

/// <summary>Calls that i386 programs may also make as a sub-call of socketcall(2) or ipc(2).</summary>
/// <remarks>
/// Source: socketcall(2), linux/net.h; ipc(2), linux/ipc.h. The kernel's filter sees only the number of the
/// sub-call, in argument 0; the real arguments lie behind a pointer.
/// </remarks>
internal static class SyscallMultiplexer
{
    // The place in the list plus one is the sub-call's number.
    private static readonly string[] s_sockets =
    [
        "socket", "bind", "connect", "listen", "accept", "getsockname", "getpeername", "socketpair", "send", "recv",
        "sendto", "recvfrom", "shutdown", "setsockopt", "getsockopt", "sendmsg", "recvmsg", "accept4", "recvmmsg",
        "sendmmsg",
    ];

    private static readonly (string Name, uint Call)[] s_ipc =
    [
        ("semop", 1), ("semget", 2), ("semctl", 3), ("semtimedop", 4), ("msgsnd", 11), ("msgrcv", 12), ("msgget", 13),
        ("msgctl", 14), ("shmat", 21), ("shmdt", 22), ("shmget", 23), ("shmctl", 24),
    ];

    /// <summary>Whether an i386 call is one of the two multiplexers.</summary>
    internal static bool IsMultiplexer(int place) =>
        SyscallTable.NameAt(place).SequenceEqual("socketcall"u8) || SyscallTable.NameAt(place).SequenceEqual("ipc"u8);

    /// <summary>The sub-calls of a multiplexer: place in the table and number of each.</summary>
    internal static IEnumerable<(int Place, uint Call)> SubCalls(int multiplexer)
    {
        if (SyscallTable.NameAt(multiplexer).SequenceEqual("socketcall"u8))
        {
            for (int i = 0; i < s_sockets.Length; i++)
            {
                yield return (SyscallTable.Find(s_sockets[i]), (uint)(i + 1));
            }
        }
        else
        {
            foreach ((string name, uint call) in s_ipc)
            {
                yield return (SyscallTable.Find(name), call);
            }
        }
    }
}
