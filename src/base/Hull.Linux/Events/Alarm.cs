namespace Hull.Linux;

/// <summary>Waits for a nanosecond-precise time or a ring, whichever comes first.</summary>
/// <remarks>
/// The framework's waits count in milliseconds, too coarse for a guest's timers. One thread waits, any thread
/// rings. Source: ppoll(2).
/// </remarks>
public sealed class Alarm : IDisposable
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    private readonly EventFd _bell = new();

    /// <summary>Ends the current or the next wait.</summary>
    public void Ring() => _bell.Signal();

    /// <summary>Waits; returns true when somebody rang, false when the time was up or a signal came.</summary>
    /// <param name="nanoseconds">The longest wait; 0 or less only looks.</param>
    public bool Wait(long nanoseconds)
    {
        long rest = Math.Max(nanoseconds, 0);
        Libc.PollEntry entry = new() { Fd = _bell.Descriptor.Number, Events = Libc.POLLIN };
        Libc.KernelTimeSpan time = new()
        {
            Seconds = rest / NanosecondsPerSecond,
            Nanoseconds = rest % NanosecondsPerSecond,
        };
        return Libc.ppoll(ref entry, 1, in time, 0) > 0 && _bell.TryTake();
    }

    /// <inheritdoc/>
    public void Dispose() => _bell.Dispose();
}
