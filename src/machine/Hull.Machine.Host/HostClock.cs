using System.Diagnostics;
using Hull.Linux;
using Hull.Machine.Devices.Clock;

namespace Hull.Machine.Host;

/// <summary>The machine's clock on a real host: the monotonic clock, and one thread that fires timers.</summary>
/// <remarks>Thread-safe. Disposing stops the thread and waits for it.</remarks>
public sealed class HostClock : MachineClock, IDisposable
{
    private const long NanosecondsPerSecond = 1_000_000_000;
    private const long NanosecondsPerTick = 100;

    // Bounds the wait only; a timer that is armed rings the alarm.
    private const long LongestWait = 60 * NanosecondsPerSecond;

    private readonly TimeProvider _wall;
    private readonly Alarm _alarm = new();
    private readonly Thread _thread;
    private readonly long _start = Stopwatch.GetTimestamp();
    private long _sleepingUntil = long.MinValue;
    private volatile bool _stopping;

    /// <summary>Starts the clock at 0.</summary>
    public HostClock(TimeProvider wall)
    {
        ArgumentNullException.ThrowIfNull(wall);
        _wall = wall;
        _thread = new Thread(Loop) { IsBackground = true, Name = "machine clock" };
        _thread.Start();
    }

    /// <inheritdoc/>
    public override long Now
    {
        get
        {
            long ticks = Stopwatch.GetTimestamp() - _start;
            return Stopwatch.Frequency == NanosecondsPerSecond
                ? ticks
                : (long)((Int128)ticks * NanosecondsPerSecond / Stopwatch.Frequency);
        }
    }

    /// <inheritdoc/>
    public override long WallNow => (_wall.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * NanosecondsPerTick;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_stopping)
        {
            return;
        }

        _stopping = true;
        _alarm.Ring();
        _thread.Join();
        _alarm.Dispose();
    }

    /// <inheritdoc/>
    protected override void DeadlineSet(long deadline)
    {
        if (deadline < Volatile.Read(ref _sleepingUntil))
        {
            _alarm.Ring();
        }
    }

    private void Loop()
    {
        while (!_stopping)
        {
            RunDue();

            // Announce first, look again after: a timer armed in between either is seen or rings.
            long next = Math.Min(NextDeadline, Now + LongestWait);
            Volatile.Write(ref _sleepingUntil, next);
            Interlocked.MemoryBarrier();
            long wait = Math.Min(NextDeadline, next) - Now;
            if (wait > 0)
            {
                _alarm.Wait(wait);
            }

            Volatile.Write(ref _sleepingUntil, long.MinValue);
        }
    }
}
