namespace Hull.Linux;

/// <summary>A timer on the monotonic clock that becomes readable when it rings. Source: timerfd_create(2).</summary>
public sealed class TimerDescriptor : IDisposable
{
    /// <summary>The descriptor, for epoll.</summary>
    public FileDescriptor Descriptor { get; } =
        FileDescriptor.Own(Libc.timerfd_create(Libc.CLOCK_MONOTONIC, Libc.TFD_CLOEXEC | Libc.TFD_NONBLOCK), "timerfd_create");

    /// <summary>Rings once after a time; a time of zero or less rings at once.</summary>
    public void RingAfter(TimeSpan delay)
    {
        long ticks = Math.Max(delay.Ticks, 1);
        Set(new TimerSpecification
        {
            ValueSeconds = ticks / TimeSpan.TicksPerSecond,
            ValueNanoseconds = ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick,
        });
    }

    /// <summary>Does not ring until told again.</summary>
    public void Stop() => Set(default);

    /// <summary>Takes the ring, so that the descriptor is not readable any more.</summary>
    public void Acknowledge()
    {
        Span<byte> count = stackalloc byte[sizeof(ulong)];
        _ = DescriptorIo.TryRead(Descriptor, count, out _);
    }

    /// <inheritdoc/>
    public void Dispose() => Descriptor.Dispose();

    private void Set(TimerSpecification value)
    {
        if (Libc.timerfd_settime(Descriptor, 0, in value, 0) != 0)
        {
            throw LinuxException.Last("timerfd_settime", "");
        }
    }
}
