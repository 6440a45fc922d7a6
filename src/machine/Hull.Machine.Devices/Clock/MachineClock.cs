namespace Hull.Machine.Devices.Clock;

/// <summary>The machine's one clock and all of its timers.</summary>
/// <remarks>
/// Time is counted in nanoseconds since the machine was switched on and stands still while it is suspended.
/// Devices ask for time here and nowhere else, so that a test can turn the clock by hand. Thread-safe.
/// A driver calls <see cref="RunDue"/>; what is due then is called on the driver's thread, outside all locks.
/// </remarks>
public abstract class MachineClock
{
    private readonly Lock _gate = new();
    private readonly List<MachineTimer> _timers = [];

    /// <summary>Nanoseconds since the machine was switched on; never goes back.</summary>
    public abstract long Now { get; }

    /// <summary>Nanoseconds since 1970 on the wall, for the real-time clock.</summary>
    public abstract long WallNow { get; }

    /// <summary>Nanoseconds that <see cref="Now"/> has still to make up for, after the machine stood still.</summary>
    public virtual long Behind => 0;

    /// <summary>Called, on the driver's thread or in <see cref="Release"/>, right before and after the clock makes up for a part of a standstill at once.</summary>
    public Action? Jumped { get; set; }

    /// <summary>Asked before the clock makes up for more: whether the guest has still to notice what it was told last.</summary>
    public Func<bool>? IsJumpUnnoticed { get; set; }

    /// <summary>When the next timer is due; <see cref="long.MaxValue"/> when none is.</summary>
    public long NextDeadline
    {
        get
        {
            long next = long.MaxValue;
            lock (_gate)
            {
                foreach (MachineTimer timer in _timers)
                {
                    next = Math.Min(next, timer.Deadline);
                }
            }

            return next;
        }
    }

    /// <summary>Makes a timer that is not armed.</summary>
    /// <param name="due">Called once per arming, on the driver's thread.</param>
    public MachineTimer CreateTimer(Action due)
    {
        ArgumentNullException.ThrowIfNull(due);
        MachineTimer timer = new(this, due);
        lock (_gate)
        {
            _timers.Add(timer);
        }

        return timer;
    }

    /// <summary>Calls every timer that is due and disarms it first.</summary>
    /// <remarks>
    /// What falls due meanwhile is for the next time: a guest whose timers are faster than this would keep its clock, and who waits
    /// for that to stand still, for ever.
    /// </remarks>
    public void RunDue()
    {
        long now = Now;
        while (TakeDue(now) is { } timer)
        {
            timer.Fire();
        }
    }

    /// <summary>Stands still: no timer fires until <see cref="Release"/>; returns when the one that fires now is done.</summary>
    /// <remarks>Not from inside a timer.</remarks>
    public virtual void Hold()
    {
    }

    /// <summary>Goes on, and makes up for the time that passed.</summary>
    public virtual void Release()
    {
    }

    /// <summary>Continues another machine's clock; only while this one is held.</summary>
    /// <param name="now">What it showed when it was saved.</param>
    /// <param name="wall">What the wall showed then; the difference to the wall of today is made up for.</param>
    public virtual void Continue(long now, long wall)
    {
    }

    internal void Arm(MachineTimer timer, long deadline)
    {
        lock (_gate)
        {
            timer.Deadline = deadline;
        }

        if (deadline != long.MaxValue)
        {
            DeadlineSet(deadline);
        }
    }

    /// <summary>A timer was armed; a driver that waits for a later time must wake up.</summary>
    protected virtual void DeadlineSet(long deadline)
    {
    }

    private MachineTimer? TakeDue(long now)
    {
        lock (_gate)
        {
            MachineTimer? first = null;
            foreach (MachineTimer timer in _timers)
            {
                if (timer.Deadline <= now && (first is null || timer.Deadline < first.Deadline))
                {
                    first = timer;
                }
            }

            if (first is not null)
            {
                first.Deadline = long.MaxValue;
            }

            return first;
        }
    }
}
