using System.Diagnostics;

namespace Hull.Machine.Tests;

/// <summary>When a processor counts as resting.</summary>
public sealed class RestMeterTests
{
    private static readonly long s_second = Stopwatch.Frequency;

    [Fact]
    public void IsResting_WithLittleWorkInTwoSeconds_IsSaidOnce()
    {
        RestMeter meter = new();

        bool early = meter.IsResting(s_second, s_second + 1);
        bool late = meter.IsResting(4 * s_second, (4 * s_second) + 1);
        bool again = meter.IsResting((4 * s_second) + 2, (4 * s_second) + 3);

        Assert.Equal((false, true, false), (early, late, again));
    }

    [Fact]
    public void IsResting_AfterBusySeconds_WaitsForQuietOnes()
    {
        RestMeter meter = new();

        bool busy = meter.IsResting(s_second, 10 * s_second);
        bool quiet = meter.IsResting(13 * s_second, (13 * s_second) + 1);

        Assert.Equal((false, true), (busy, quiet));
    }

    [Fact]
    public void IsResting_WithATenthOfTheTimeBusy_IsNeverSaid()
    {
        RestMeter meter = new();

        bool any = false;
        for (long at = s_second; at < 20 * s_second; at += s_second / 10)
        {
            any |= meter.IsResting(at, at + (s_second / 100));
        }

        Assert.False(any);
    }
}
