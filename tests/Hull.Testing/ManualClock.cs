using Hull.Machine.Devices.Clock;

namespace Hull.Testing;

/// <summary>A machine's clock that a test turns by hand.</summary>
public sealed class ManualClock : MachineClock
{
    private long _now;

    public override long Now => _now;

    public override long WallNow => WallAtStart + _now;

    /// <summary>2026-02-03 04:05:06 UTC.</summary>
    public long WallAtStart { get; set; } = 1_770_091_506_000_000_000;

    /// <summary>Moves on and fires what is due, each at its own time.</summary>
    public void Advance(long nanoseconds)
    {
        long end = _now + nanoseconds;
        while (NextDeadline <= end)
        {
            _now = Math.Max(_now, NextDeadline);
            RunDue();
        }

        _now = end;
    }

    /// <summary>Moves on while the driver is late: what is due then waits for the next time.</summary>
    public void AdvanceWithoutFiring(long nanoseconds) => _now += nanoseconds;
}
