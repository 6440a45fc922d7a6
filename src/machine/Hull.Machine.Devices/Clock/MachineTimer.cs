namespace Hull.Machine.Devices.Clock;

/// <summary>One alarm of the machine's clock.</summary>
/// <remarks>
/// Thread-safe. A timer that is disarmed while it fires may still call back once: its owner checks its own state.
/// </remarks>
public sealed class MachineTimer
{
    private readonly MachineClock _clock;
    private readonly Action _due;
    private long _deadline = long.MaxValue;

    internal MachineTimer(MachineClock clock, Action due)
    {
        _clock = clock;
        _due = due;
    }

    /// <summary>When it is due; <see cref="long.MaxValue"/> while it is not armed.</summary>
    public long Deadline
    {
        get => Volatile.Read(ref _deadline);
        internal set => Volatile.Write(ref _deadline, value);
    }

    /// <summary>Sets the time, replacing an earlier one; a time that has passed fires at once.</summary>
    public void Arm(long deadline) => _clock.Arm(this, deadline);

    /// <summary>Forgets the time.</summary>
    public void Disarm() => _clock.Arm(this, long.MaxValue);

    internal void Fire() => _due();
}
