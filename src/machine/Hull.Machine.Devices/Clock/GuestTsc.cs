namespace Hull.Machine.Devices.Clock;

/// <summary>What the guest's time-stamp counters show: the machine's clock, scaled.</summary>
/// <remarks>
/// Every processor shows the same value, so a guest may call its counters synchronized and stable; it is told
/// the frequency and never has to measure it. Thread-safe.
/// </remarks>
public sealed class GuestTsc
{
    private const ulong NanosecondsPerMillisecond = 1_000_000;

    private readonly MachineClock _clock;

    /// <summary>Creates the counter.</summary>
    /// <param name="clock">The machine's clock.</param>
    /// <param name="frequencyKhz">Counts per millisecond.</param>
    public GuestTsc(MachineClock clock, uint frequencyKhz)
    {
        ArgumentNullException.ThrowIfNull(clock);
        ArgumentOutOfRangeException.ThrowIfZero(frequencyKhz);
        _clock = clock;
        FrequencyKhz = frequencyKhz;
    }

    /// <summary>Counts per millisecond.</summary>
    public uint FrequencyKhz { get; }

    /// <summary>The counter now.</summary>
    public ulong Now => At(_clock.Now);

    /// <summary>The counter at a time of the machine's clock.</summary>
    public ulong At(long time) =>
        FrequencyKhz == NanosecondsPerMillisecond
            ? (ulong)time
            : (ulong)((UInt128)(ulong)time * FrequencyKhz / NanosecondsPerMillisecond);

    /// <summary>When the counter shows a value; <see cref="long.MaxValue"/> when that is beyond the clock.</summary>
    public long TimeOf(ulong count)
    {
        UInt128 time = (((UInt128)count * NanosecondsPerMillisecond) + FrequencyKhz - 1) / FrequencyKhz;
        return time < (UInt128)long.MaxValue ? (long)time : long.MaxValue;
    }
}
