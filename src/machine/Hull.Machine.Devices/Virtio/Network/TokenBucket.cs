using Hull.Machine.Devices.Clock;

namespace Hull.Machine.Devices.Virtio;

/// <summary>Lets so many bytes a second pass, and a tenth of a second's worth at once.</summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed class TokenBucket(MachineClock clock, long bytesPerSecond)
{
    private const long NanosecondsPerSecond = 1_000_000_000;
    private const int BurstPart = 10;

    private readonly long _most = Math.Max(bytesPerSecond / BurstPart, NetworkDevice.MaxFrameBytes);
    private long _tokens = Math.Max(bytesPerSecond / BurstPart, NetworkDevice.MaxFrameBytes);
    private long _filled = clock.Now;

    /// <summary>When the next frame may pass; 0 for now.</summary>
    internal long Wait()
    {
        if (bytesPerSecond == 0)
        {
            return 0;
        }

        long now = clock.Now;
        Int128 more = (Int128)(now - _filled) * bytesPerSecond / NanosecondsPerSecond;
        if (more > 0)
        {
            _tokens = (long)Int128.Min(_tokens + more, _most);
            _filled = now;
        }

        return _tokens > 0 ? 0 : (long)((Int128)(1 - _tokens) * NanosecondsPerSecond / bytesPerSecond) + 1;
    }

    /// <summary>A frame passed; the bucket may go below zero by one frame.</summary>
    internal void Take(int bytes) => _tokens -= bytesPerSecond == 0 ? 0 : bytes;
}
