namespace Hull.Machine.Host.Tests;

public sealed class HostClockTests
{
    private const long NanosecondsPerMinute = 60_000_000_000;

    // What starts to run after Release sets the host's own counters and timers by this clock.
    [Fact]
    public void Release_AfterAStandstill_HasJumpedWhenItReturns_AndTellsBeforeAndAfter()
    {
        using HostClock clock = new(TimeProvider.System);
        List<long> told = [];
        clock.Hold();
        clock.Continue(1000, clock.WallNow - (10 * NanosecondsPerMinute));
        clock.Jumped = () => told.Add(clock.Now);

        clock.Release();

        Assert.Equal(0, clock.Behind);
        Assert.InRange(clock.Now, 10 * NanosecondsPerMinute, long.MaxValue);
        Assert.Equal(2, told.Count);
        Assert.InRange(told[0], 1000, NanosecondsPerMinute);
        Assert.InRange(told[1], 10 * NanosecondsPerMinute, long.MaxValue);
    }

    // Two jumps at once are more than a guest's arithmetic takes; half an hour is two. A guest that never looks is waited for in vain, and not long.
    [Fact]
    public void CatchingUp_AsksWhetherTheGuestHasNoticed_AndGoesOnInTheEnd()
    {
        using HostClock clock = new(TimeProvider.System);
        int asked = 0;
        clock.IsJumpUnnoticed = () => Interlocked.Increment(ref asked) > 0;
        clock.Hold();
        clock.Continue(1000, clock.WallNow - (30 * NanosecondsPerMinute));

        clock.Release();

        Assert.True(SpinWait.SpinUntil(() => clock.Behind == 0, TimeSpan.FromSeconds(20)));
        Assert.NotEqual(0, Volatile.Read(ref asked));
    }
}
