namespace Hull.Machine.Tests;

public sealed class IdleWatchTests
{
    [Theory]
    [InlineData(2, 1)]
    [InlineData(4, 0)]
    public void Look_RestsWhenTheProcessWasHardlyBusy(int busySeconds, int rests)
    {
        TurnedTime time = new();
        TimeSpan busy = TimeSpan.FromSeconds(10);
        int rested = 0;
        using IdleWatch watch = new(time, () => busy, () => rested++);
        time.Seconds = 60;
        busy += TimeSpan.FromSeconds(busySeconds);

        time.Fire();

        Assert.Equal(rests, rested);
    }

    [Fact]
    public void Look_CountsFromTheLastOne()
    {
        TurnedTime time = new();
        TimeSpan busy = default;
        int rested = 0;
        using IdleWatch watch = new(time, () => busy, () => rested++);
        (time.Seconds, busy) = (60, TimeSpan.FromSeconds(60));
        time.Fire();
        time.Seconds = 120;

        time.Fire();

        Assert.Equal(1, rested);
    }

    // Turned by hand; its one timer is fired by hand.
    private sealed class TurnedTime : TimeProvider
    {
        private Action _fire = () => { };

        internal long Seconds { get; set; }

        public override long TimestampFrequency => 1;

        internal void Fire() => _fire();

        public override long GetTimestamp() => Seconds;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _fire = () => callback(state);
            return new NoTimer();
        }
    }

    private sealed class NoTimer : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
            // Nothing runs.
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
