using Hull.Machine.Devices.Virtio;
using Hull.Testing;

namespace Hull.Machine.Devices.Tests.Virtio;

/// <summary>Rate limits, counted by a clock that the test turns.</summary>
public sealed class TokenBucketTests
{
    private const long Second = 1_000_000_000;
    private const long Rate = 1 << 20;
    private const int Frame = 1514;
    private readonly ManualClock _clock = new();

    [Fact]
    public void Wait_WithoutLimit_IsNever()
    {
        TokenBucket bucket = new(_clock, 0);
        bucket.Take(int.MaxValue);

        Assert.Equal(0, bucket.Wait());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    public void Wait_OfABusySender_LetsTheRatePassAndOneBurst(int seconds)
    {
        TokenBucket bucket = new(_clock, Rate);
        long sent = 0;
        while (_clock.Now < seconds * Second)
        {
            long pause = bucket.Wait();
            if (pause > 0)
            {
                _clock.Advance(pause);
                continue;
            }

            bucket.Take(Frame);
            sent += Frame;
        }

        Assert.InRange(sent, seconds * Rate, (seconds * Rate) + (Rate / 10) + Frame);
    }

    [Fact]
    public void Wait_AfterALongRest_AllowsATenthOfASecond()
    {
        TokenBucket bucket = new(_clock, Rate);
        _clock.Advance(3600 * Second);
        long sent = 0;
        for (; bucket.Wait() == 0; sent += Frame)
        {
            bucket.Take(Frame);
        }

        Assert.InRange(sent, Rate / 10, (Rate / 10) + Frame);
    }

    [Fact]
    public void Wait_AfterAFrameLargerThanTheBurst_PaysForItInTime()
    {
        TokenBucket bucket = new(_clock, 1000);
        bucket.Take(100_000);

        // The bucket holds one largest frame however small the rate is.
        long debt = 100_000 - NetworkDevice.MaxFrameBytes;
        Assert.InRange(bucket.Wait(), debt * Second / 1000, (debt + 2) * Second / 1000);
    }

    [Fact]
    public void Wait_WithTheLargestRate_DoesNotOverflow()
    {
        TokenBucket bucket = new(_clock, long.MaxValue);
        _clock.Advance(long.MaxValue / 2);
        bucket.Take(int.MaxValue);

        Assert.Equal(0, bucket.Wait());
    }
}
