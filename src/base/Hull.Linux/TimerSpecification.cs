using System.Runtime.InteropServices;

namespace Hull.Linux;

/// <summary>When a timer rings. Layout of struct itimerspec, time.h, 32 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct TimerSpecification
{
    /// <summary>Seconds between rings; 0 with <see cref="IntervalNanoseconds"/> 0 rings once.</summary>
    public long IntervalSeconds;

    /// <summary>Nanoseconds beyond them.</summary>
    public long IntervalNanoseconds;

    /// <summary>Seconds until the first ring; 0 with <see cref="ValueNanoseconds"/> 0 disarms.</summary>
    public long ValueSeconds;

    /// <summary>Nanoseconds beyond them.</summary>
    public long ValueNanoseconds;
}
