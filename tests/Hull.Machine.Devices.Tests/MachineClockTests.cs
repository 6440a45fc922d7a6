using Hull.Machine.Devices.Clock;

namespace Hull.Machine.Devices.Tests;

public sealed class MachineClockTests
{
    // Eight processors with the shortest periodic timers on a busy host: each is due again before the last was called.
    [Fact]
    public void RunDue_OfTimersThatAreDueAgainAtOnce_Ends()
    {
        RunningClock clock = new();
        int calls = 0;
        MachineTimer[] timers = new MachineTimer[8];
        for (int i = 0; i < timers.Length; i++)
        {
            int number = i;
            timers[i] = clock.CreateTimer(() =>
            {
                Assert.True(++calls < 1000, "It goes on for ever.");
                timers[number].Arm(clock.Now + 1);
            });
            timers[i].Arm(0);
        }

        clock.RunDue();

        Assert.Equal(timers.Length, calls);
        Assert.True(clock.NextDeadline <= clock.Now);
    }

    [Fact]
    public void RunDue_OfTimersThatWereMissed_CallsThemInTheirOrder()
    {
        RunningClock clock = new();
        List<int> order = [];
        foreach (int number in (int[])[3, 1, 2])
        {
            clock.CreateTimer(() => order.Add(number)).Arm(number);
        }

        while (clock.Now < 10)
        {
        }

        clock.RunDue();

        Assert.Equal([1, 2, 3], order);
        Assert.Equal(long.MaxValue, clock.NextDeadline);
    }

    // Goes on by five whenever somebody looks at it.
    private sealed class RunningClock : MachineClock
    {
        private long _now;

        public override long Now => _now += 5;

        public override long WallNow => 0;
    }
}
