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

    // A guest's arithmetic takes a quarter of an hour at once: beyond half an hour Linux' own clock overflows.
    private const long LongestJump = 15 * 60 * NanosecondsPerSecond;

    // Long enough for a guest to take a timer interrupt between two jumps.
    private const long JumpPause = NanosecondsPerSecond / 20;

    // A busy host may take longer to run the guest; one that does not look at its clock at all is not waited for.
    private const long LongestJumpPause = NanosecondsPerSecond / 4;

    private readonly TimeProvider _wall;
    private readonly Alarm _alarm = new();
    private readonly Thread _thread;
    private readonly Lock _firing = new();
    private long _origin = -Ticks;
    private long _sleepingUntil = long.MinValue;
    private long _heldAt = -1;
    private long _heldSince;
    private long _behind;
    private long _nextJump;
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
            long held = Volatile.Read(ref _heldAt);
            return held >= 0 ? held : Ticks + Volatile.Read(ref _origin);
        }
    }

    /// <inheritdoc/>
    public override long WallNow => (_wall.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * NanosecondsPerTick;

    /// <inheritdoc/>
    public override long Behind => Volatile.Read(ref _behind);

    private static long Ticks => Stopwatch.Frequency == NanosecondsPerSecond
        ? Stopwatch.GetTimestamp()
        : (long)((Int128)Stopwatch.GetTimestamp() * NanosecondsPerSecond / Stopwatch.Frequency);

    /// <inheritdoc/>
    public override void Hold()
    {
        lock (_firing)
        {
            _heldSince = Ticks;
            Volatile.Write(ref _heldAt, Now);
        }
    }

    /// <inheritdoc/>
    public override void Release()
    {
        lock (_firing)
        {
            if (_heldAt < 0)
            {
                return;
            }

            _behind += Ticks - _heldSince;
            Volatile.Write(ref _origin, _heldAt - Ticks);
            Volatile.Write(ref _heldAt, -1);
            _nextJump = 0;

            // Here and not on the clock's thread: what starts to run next sets counters and timers of the host's by this clock.
            CatchUp();
        }

        _alarm.Ring();
    }

    /// <inheritdoc/>
    public override void Continue(long now, long wall)
    {
        lock (_firing)
        {
            _heldSince = Ticks;
            _heldAt = now;

            // A host whose clock is behind the other's cannot turn the guest's back.
            _behind = Math.Max(WallNow - wall, 0);
        }
    }

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
            long longest = Fire();

            // Announce first, look again after: a timer armed in between either is seen or rings.
            long next = Math.Min(NextDeadline, Now + longest);
            Volatile.Write(ref _sleepingUntil, next);
            Interlocked.MemoryBarrier();
            long wait = Volatile.Read(ref _heldAt) >= 0 ? LongestWait : Math.Min(NextDeadline, next) - Now;
            if (wait > 0)
            {
                _alarm.Wait(wait);
            }

            Volatile.Write(ref _sleepingUntil, long.MinValue);
        }
    }

    // Tells how long nothing but a timer can happen.
    private long Fire()
    {
        lock (_firing)
        {
            if (_heldAt >= 0)
            {
                return LongestWait;
            }

            CatchUp();
            RunDue();
            return _behind > 0 ? JumpPause : LongestWait;
        }
    }

    private void CatchUp()
    {
        long ticks = Ticks;
        if (_behind == 0)
        {
            return;
        }

        bool isUnnoticed = _nextJump != 0 && IsJumpUnnoticed?.Invoke() == true;
        if (ticks < (isUnnoticed ? _nextJump + LongestJumpPause : _nextJump))
        {
            return;
        }

        const long Noticeable = NanosecondsPerSecond;
        long jump = Math.Min(_behind, LongestJump);
        Action? told = jump > Noticeable ? Jumped : null;

        // Before as well: a guest that sees the time before it is told takes the jump for a processor that hung.
        told?.Invoke();
        Volatile.Write(ref _behind, _behind - jump);
        Volatile.Write(ref _origin, _origin + jump);
        _nextJump = ticks + JumpPause;
        told?.Invoke();
    }
}
