namespace Hull.Machine;

/// <summary>Gives back what a resting machine's process does not need, where processors sleep in the host's kernel and no thread sees it.</summary>
/// <remarks>Looks at the process's own time on processors, a few seconds after the start and then once a minute: a wake-up that costs nothing.</remarks>
internal sealed class IdleWatch : IDisposable
{
    private const int QuietShare = 20; // Busy for less than a twentieth of the time, as RestMeter.
    private static readonly TimeSpan s_first = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan s_again = TimeSpan.FromMinutes(1);

    private readonly TimeProvider _time;
    private readonly Func<TimeSpan> _busy;
    private readonly Action _rest;
    private readonly ITimer _timer;
    private readonly Lock _gate = new();
    private long _since;
    private TimeSpan _busyBefore;

    /// <summary>Begins to look.</summary>
    /// <param name="time">When to look.</param>
    /// <param name="busy">How long the process was on processors so far.</param>
    /// <param name="rest">What to do when it was hardly.</param>
    internal IdleWatch(TimeProvider time, Func<TimeSpan> busy, Action rest)
    {
        (_time, _busy, _rest) = (time, busy, rest);
        _since = time.GetTimestamp();
        _busyBefore = busy();
        _timer = time.CreateTimer(_ => Look(), null, s_first, s_again);
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        bool isQuiet;
        lock (_gate)
        {
            long now = _time.GetTimestamp();
            TimeSpan busy = _busy();
            isQuiet = (busy - _busyBefore) * QuietShare < _time.GetElapsedTime(_since, now);
            (_since, _busyBefore) = (now, busy);
        }

        if (isQuiet)
        {
            _rest();
        }
    }
}
