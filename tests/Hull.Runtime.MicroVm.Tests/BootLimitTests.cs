using Hull.Linux;

namespace Hull.Runtime.MicroVm.Tests;

/// <summary>How long a machine may take until its guest answers.</summary>
public sealed class BootLimitTests
{
    private const long Second = 1_000_000_000;

    private readonly StoppedClock _clock = new();
    private readonly Dictionary<int, long> _waits = [];

    [Fact]
    public void Limit_OfAMachineThatIsKeptFromNothing_PassesLikeAClock()
    {
        BootLimit limit = Make(10_000);

        Assert.False(PassAfter(limit, 9.9));
        Assert.True(PassAfter(limit, 0.2));
    }

    [Fact]
    public void Limit_StandsStillWhileTheHostRunsOthers()
    {
        BootLimit limit = Make(10_000);

        for (int minute = 1; minute <= 60; minute++)
        {
            // One thread has nothing to do, the other wants a processor and gets it for a tenth of the time.
            _waits[1] = 0;
            _waits[2] = minute * 59_900 * (Second / 1000);
            Assert.False(PassAfter(limit, 60));
        }

        Assert.True(PassAfter(limit, 5));
    }

    // Threads come and go, and none is trusted to have waited longer than there was time.
    [Fact]
    public void Limit_IsNeverGivenBack()
    {
        BootLimit limit = Make(10_000);
        Assert.False(PassAfter(limit, 9));

        _waits[7] = 3600 * Second;

        Assert.False(PassAfter(limit, 1));
        Assert.True(PassAfter(limit, 1));
    }

    [Fact]
    public void Limit_OfNothing_NeverPasses()
    {
        BootLimit limit = Make(0);

        Assert.False(PassAfter(limit, 1_000_000));
    }

    // A guest that sends a byte now and then would keep somebody for ever who only waits for the next.
    [Fact]
    public void Wait_ForAGuestThatDrips_EndsAllTheSame()
    {
        (FileDescriptor near, FileDescriptor far) = UnixSocket.CreatePair();
        using (near)
        using (far)
        {
            BootLimit limit = Make(10_000);
            _ = DescriptorIo.WriteAll(near, "drip"u8);

            Assert.True(limit.Await(far));
            _clock.Seconds += 11;

            Assert.False(limit.Await(far));
            Assert.True(limit.IsOver);
        }
    }

    [Fact]
    public void Limit_OfAProcess_ReadsWhatItsThreadsWaited()
    {
        var limit = BootLimit.Of(Environment.ProcessId, 3_600_000);

        limit.Count();

        Assert.False(limit.IsOver);
        BootLimit.Of(int.MaxValue, 1).Count();
    }

    private BootLimit Make(long limitMs) => new(limitMs, _clock, () => _waits.Select(pair => (pair.Key, pair.Value)));

    private bool PassAfter(BootLimit limit, double seconds)
    {
        _clock.Seconds += seconds;
        limit.Count();
        return limit.IsOver;
    }

    private sealed class StoppedClock : TimeProvider
    {
        internal double Seconds { get; set; }

        public override long TimestampFrequency => Second;

        public override long GetTimestamp() => (long)(Seconds * Second);
    }
}
