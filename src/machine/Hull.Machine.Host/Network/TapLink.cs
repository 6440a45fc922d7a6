using Hull.Linux;
using Hull.Machine.Devices.Virtio;

namespace Hull.Machine.Host.Network;

/// <summary>A network card's wire into the host: a tap, and one thread that watches it.</summary>
/// <remarks>Create it, give it to the card, then <see cref="Start"/>. Disposing ends the thread and closes the tap.</remarks>
public sealed class TapLink : INetworkLink, IDisposable
{
    private const long NanosecondsPerMillisecond = 1_000_000;
    private const int StalledMs = 10;
    private const int Forever = -1;

    private readonly FileDescriptor _tap;
    private readonly EventFd _bell = new();
    private Thread? _thread;
    private volatile bool _stopping;

    /// <summary>Takes over a tap as <see cref="Tap.Open"/> opens it.</summary>
    public TapLink(FileDescriptor tap)
    {
        ArgumentNullException.ThrowIfNull(tap);
        _tap = tap;
        DescriptorIo.SetNonBlocking(tap, true);
    }

    /// <summary>Begins to carry what comes.</summary>
    public void Start(NetworkDevice card)
    {
        ArgumentNullException.ThrowIfNull(card);
        card.Wake = _bell.Signal;
        _thread = new Thread(() => Watch(card)) { IsBackground = true, Name = "tap" };
        _thread.Start();
    }

    /// <inheritdoc/>
    public int TryReceive(Span<byte> frame)
    {
        try
        {
            return DescriptorIo.TryRead(_tap, frame, out int count) ? count : 0;
        }
        catch (LinuxException)
        {
            // An interface that is down or gone sends nothing.
            return 0;
        }
    }

    /// <inheritdoc/>
    public void Send(ReadOnlySpan<byte> frame)
    {
        try
        {
            _ = DescriptorIo.TryWrite(_tap, frame, out _);
        }
        catch (LinuxException)
        {
            // A header that makes no sense, or an interface that is down: the frame is lost.
        }
    }

    /// <inheritdoc/>
    public void SetOffloads(bool checksums, bool segments4, bool segments6)
    {
        try
        {
            Tap.SetOffloads(_tap, checksums, segments4, segments6);
        }
        catch (LinuxException)
        {
            // An interface that was removed carries no frame either; the guest that asks goes on without.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping = true;
        _bell.Signal();
        _thread?.Join();
        _tap.Dispose();
        _bell.Dispose();
    }

    private void Watch(NetworkDevice card)
    {
        Span<PollEntry> entries = stackalloc PollEntry[2];
        int timeout = Forever;
        while (!_stopping)
        {
            // A tap that nobody reads stays readable: it is looked at only while the guest takes frames and may have more.
            bool listens = card.HasRoom && timeout == Forever;
            entries[0] = new PollEntry(_bell.Descriptor, PollEvents.In);
            entries[1] = new PollEntry(_tap, PollEvents.In);
            _ = DescriptorIo.Poll(listens ? entries : entries[..1], timeout);
            _ = _bell.TryTake();
            long before = card.FramesReceived;
            long pause = card.Poll();
            bool isStalled = listens && (entries[1].Revents & PollEvents.In) != 0 && card.FramesReceived == before && card.HasRoom;

            // Stalled: the machine stands still, so its card does not take what waits.
            timeout = pause > 0 ? (int)Math.Min((pause / NanosecondsPerMillisecond) + 1, int.MaxValue) : isStalled ? StalledMs : Forever;
        }
    }
}
