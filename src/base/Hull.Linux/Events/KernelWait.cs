namespace Hull.Linux;

/// <summary>Bounded waiting for conditions inside the kernel, on the calling thread.</summary>
/// <remarks>Source: poll(2), cgroups(7). For conditions that take micro- to milliseconds; anything longer is awaited elsewhere.</remarks>
public static class KernelWait
{
    /// <summary>
    /// Waits until the kernel announces that a made-up file (<c>cgroup.events</c>, <c>memory.events</c>) changed, or the time is over.
    /// Read the file before and after: a change before the call is not announced again.
    /// </summary>
    /// <param name="file">The open file; it must have been read at least once.</param>
    /// <param name="timeoutMs">Most milliseconds to wait.</param>
    /// <returns>True when it changed.</returns>
    public static bool ForChange(FileDescriptor file, int timeoutMs)
    {
        ArgumentNullException.ThrowIfNull(file);
        PollEntry entry = new(file, PollEvents.Priority);
        int ready = Libc.poll(ref entry, 1, timeoutMs);
        GC.KeepAlive(file);
        return ready > 0;
    }

    /// <summary>Lets a moment pass: only for conditions that the kernel offers no event for, such as a version 1 cgroup becoming empty.</summary>
    /// <param name="milliseconds">How long; a signal may end it early.</param>
    public static void Moment(int milliseconds)
    {
        PollEntry none = default;
        _ = Libc.poll(ref none, 0, milliseconds);
    }
}
