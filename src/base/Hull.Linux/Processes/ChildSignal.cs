namespace Hull.Linux;

/// <summary>SIGCHLD, which tells of a child's end.</summary>
/// <remarks>Source: rt_sigaction(2), wait(2): where it is ignored, the kernel keeps no exit status of any child.</remarks>
public static class ChildSignal
{
    private const int SetAction = 13;
    private const int Number = 17;
    private const ulong Ignored = 1;

    /// <summary>Lets this process learn how its children end, though whoever started it ignores that.</summary>
    /// <remarks>A handler that somebody set already stays. Call it before the first child is made.</remarks>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public static unsafe void StopIgnoring()
    {
        // struct kernel_sigaction: handler, flags, restorer, mask.
        ulong* action = stackalloc ulong[4];

        // SAFETY: the kernel writes, and then reads, the four words.
        if (Libc.system_call(SetAction, Number, 0, (nint)action, sizeof(ulong), 0, 0) != 0)
        {
            throw LinuxException.Last("rt_sigaction", "SIGCHLD");
        }

        if (action[0] != Ignored)
        {
            return;
        }

        new Span<ulong>(action, 4).Clear();
        if (Libc.system_call(SetAction, Number, (nint)action, 0, sizeof(ulong), 0, 0) != 0)
        {
            throw LinuxException.Last("rt_sigaction", "SIGCHLD");
        }
    }
}
