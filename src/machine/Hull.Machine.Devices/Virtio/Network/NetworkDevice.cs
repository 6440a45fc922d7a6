using System.Buffers;
using System.Buffers.Binary;
using Hull.Machine.Devices.Clock;
using Hull.Machine.State;

namespace Hull.Machine.Devices.Virtio;

/// <summary>A network card. Source: virtio 1.3 §5.1.</summary>
/// <remarks>
/// Checksums and large segments are negotiated with the guest and left to the link: this card only carries frames. What
/// came and found no room waits, one frame; the link holds the others back. Thread-safe for <see cref="Poll"/>.
/// </remarks>
public sealed class NetworkDevice : IVirtioDevice, ISavable
{
    /// <summary>Bytes of the header in front of a frame.</summary>
    public const int HeaderBytes = 12;

    /// <summary>The longest frame: a TCP segment of 64 KiB with all headers.</summary>
    public const int MaxFrameBytes = HeaderBytes + 65_550;

    private const ulong FeatureChecksum = 1 << 0;
    private const ulong FeatureGuestChecksum = 1 << 1;
    private const ulong FeatureAddress = 1 << 5;
    private const ulong FeatureGuestSegments4 = 1 << 7;
    private const ulong FeatureGuestSegments6 = 1 << 8;
    private const ulong FeatureSegments4 = 1 << 11;
    private const ulong FeatureSegments6 = 1 << 12;
    private const ulong FeatureMergedBuffers = 1 << 15;
    private const ulong FeatureStatus = 1 << 16;
    private const ushort LinkUp = 1;
    private const ushort QueueSize = 256;
    private const int ReceiveQueue = 0;
    private const int TransmitQueue = 1;
    private const int ConfigurationBytes = 8;
    private const int BufferCountOffset = 10;
    private const int MaxBuffersPerFrame = 64;

    private readonly INetworkLink _link;
    private readonly NetworkOptions _options;
    private readonly TokenBucket _received;
    private readonly TokenBucket _sent;
    private readonly byte[] _waiting = new byte[MaxFrameBytes];
    private int _waitingBytes;
    private long _framesReceived;
    private long _framesSent;
    private long _pause;
    private bool _merges;
    private volatile IVirtioPort? _port;
    private volatile bool _hasRoom = true;

    /// <summary>Creates a card; the link outlives it.</summary>
    public NetworkDevice(INetworkLink link, MachineClock clock, NetworkOptions options)
    {
        ArgumentNullException.ThrowIfNull(link);
        ArgumentNullException.ThrowIfNull(clock);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfNotEqual(options.Address.Length, NetworkOptions.AddressBytes);
        _link = link;
        _options = options;
        _received = new TokenBucket(clock, options.BytesPerSecond);
        _sent = new TokenBucket(clock, options.BytesPerSecond);
    }

    /// <inheritdoc/>
    public VirtioDeviceType Type => VirtioDeviceType.Network;

    /// <inheritdoc/>
    public ulong OfferedFeatures => FeatureChecksum | FeatureGuestChecksum | FeatureAddress | FeatureGuestSegments4
        | FeatureGuestSegments6 | FeatureSegments4 | FeatureSegments6 | FeatureMergedBuffers | FeatureStatus;

    /// <inheritdoc/>
    public IReadOnlyList<ushort> QueueSizes { get; } = [QueueSize, QueueSize];

    /// <summary>Called when the guest made room, or has more to send later: the link's thread polls again.</summary>
    public Action? Wake { get; set; }

    /// <summary>Whether the guest takes frames now; the link waits for some only while it does.</summary>
    public bool HasRoom => _port is not null && _hasRoom;

    /// <summary>Frames the guest got.</summary>
    public long FramesReceived => Volatile.Read(ref _framesReceived);

    /// <summary>Frames the guest sent.</summary>
    public long FramesSent => Volatile.Read(ref _framesSent);

    /// <summary>Carries what waits in both directions; from the link's own thread.</summary>
    /// <returns>Nanoseconds until it is worth polling again because of the rate; 0 when only a frame or a wake-up counts.</returns>
    public long Poll()
    {
        if (_port is not { } port)
        {
            return 0;
        }

        port.Serve(ReceiveQueue);
        port.Serve(TransmitQueue);
        return Volatile.Read(ref _pause);
    }

    /// <inheritdoc/>
    public void Activate(ulong features, IVirtioPort port)
    {
        bool checksums = (features & FeatureGuestChecksum) != 0;
        _merges = (features & FeatureMergedBuffers) != 0;
        _link.SetOffloads(
            checksums, checksums && (features & FeatureGuestSegments4) != 0, checksums && (features & FeatureGuestSegments6) != 0);
        _port = port;
        Wake?.Invoke();
    }

    /// <inheritdoc/>
    public ServeResult Serve(int queueIndex, VirtQueue queue)
    {
        ArgumentNullException.ThrowIfNull(queue);
        return queueIndex switch
        {
            ReceiveQueue => Receive(queue),
            TransmitQueue => Transmit(queue),
            _ => ServeResult.Nothing,
        };
    }

    /// <inheritdoc/>
    public void ReadConfiguration(int offset, Span<byte> destination)
    {
        Span<byte> configuration = stackalloc byte[ConfigurationBytes];
        _options.Address.Span.CopyTo(configuration);
        BinaryPrimitives.WriteUInt16LittleEndian(configuration[NetworkOptions.AddressBytes..], LinkUp);
        Configuration.Read(configuration, offset, destination);
    }

    /// <inheritdoc/>
    public void WriteConfiguration(int offset, ReadOnlySpan<byte> source)
    {
        // The address is not for the driver to change.
    }

    /// <inheritdoc/>
    public void Reset()
    {
        _port = null;
        _waitingBytes = 0;
        _hasRoom = true;
    }

    /// <inheritdoc/>
    public void Save(StateWriter writer)
    {
        // A frame that waits is lost, as on a wire.
    }

    /// <inheritdoc/>
    public void Load(StateReader reader)
    {
        // Nothing was saved.
    }

    private ServeResult Receive(VirtQueue queue)
    {
        Span<BufferSegment> segments = stackalloc BufferSegment[QueueSize];
        ServeResult result = ServeResult.Nothing;
        bool hadRoom = _hasRoom;
        _hasRoom = true;
        for (int i = 0; i < queue.Size; i++)
        {
            Volatile.Write(ref _pause, _received.Wait());
            if (_pause > 0)
            {
                return result;
            }

            if (_waitingBytes == 0)
            {
                _waitingBytes = _link.TryReceive(_waiting);
            }

            if (_waitingBytes < HeaderBytes)
            {
                _waitingBytes = 0;
                break;
            }

            switch (Give(queue, segments))
            {
                case QueueResult.Ready:
                    _received.Take(_waitingBytes);
                    _waitingBytes = 0;
                    Volatile.Write(ref _framesReceived, _framesReceived + 1);
                    result = ServeResult.Completed;
                    break;
                case QueueResult.Broken:
                    return ServeResult.NeedsReset;
                case QueueResult.Empty:
                default:
                    // The frame waits until the driver rings for the buffers it adds.
                    _hasRoom = false;
                    return result;
            }
        }

        if (!hadRoom)
        {
            Wake?.Invoke();
        }

        return result;
    }

    // A frame goes into as many buffers as it needs; the header in the first says how many. None is used before all are there.
    private QueueResult Give(VirtQueue queue, Span<BufferSegment> segments)
    {
        Span<DescriptorChain> chains = stackalloc DescriptorChain[MaxBuffersPerFrame];
        Span<uint> lengths = stackalloc uint[MaxBuffersPerFrame];
        ReadOnlySpan<byte> rest = _waiting.AsSpan(0, _waitingBytes);
        (int Next, bool Wrap) start = queue.Position;
        GuestAddress? countAt = null;
        int used = 0;
        while (!rest.IsEmpty)
        {
            QueueResult next = used < MaxBuffersPerFrame ? queue.TryPop(segments, out chains[used]) : QueueResult.Broken;
            if (next != QueueResult.Ready)
            {
                queue.Rewind(start);
                return next;
            }

            ReadOnlySpan<BufferSegment> request = segments[..chains[used].SegmentCount];
            ChainWriter writer = new(queue.Memory, request);
            int part = (int)Math.Min(writer.Remaining, rest.Length);
            if (part == 0 || (used == 0 && part < HeaderBytes) || (!_merges && part < rest.Length) || !writer.TryWrite(rest[..part]))
            {
                return QueueResult.Broken;
            }

            countAt ??= CountPlace(request);
            lengths[used++] = (uint)part;
            rest = rest[part..];
        }

        return Complete(queue, chains[..used], lengths, countAt) ? QueueResult.Ready : QueueResult.Broken;
    }

    private static bool Complete(
        VirtQueue queue, ReadOnlySpan<DescriptorChain> chains, ReadOnlySpan<uint> lengths, GuestAddress? countAt)
    {
        if (countAt is { } place && !queue.Memory.TryWriteInteger(place, (ushort)chains.Length))
        {
            return false;
        }

        for (int i = 0; i < chains.Length; i++)
        {
            if (!queue.TryComplete(chains[i], lengths[i]))
            {
                return false;
            }
        }

        return true;
    }

    // The header's count of buffers may lie across two segments: a driver that does so is not served well, and not harmed.
    private static GuestAddress? CountPlace(ReadOnlySpan<BufferSegment> request)
    {
        foreach (BufferSegment segment in request)
        {
            if (segment.DeviceWrites)
            {
                return segment.Length >= HeaderBytes && segment.Address.TryAdd(BufferCountOffset, out GuestAddress place) ? place : null;
            }
        }

        return null;
    }

    private ServeResult Transmit(VirtQueue queue)
    {
        BufferSegment[] segments = ArrayPool<BufferSegment>.Shared.Rent(QueueSize);
        byte[] frame = ArrayPool<byte>.Shared.Rent(MaxFrameBytes);
        try
        {
            return TransmitAll(queue, segments.AsSpan(0, QueueSize), frame.AsSpan(0, MaxFrameBytes));
        }
        finally
        {
            ArrayPool<BufferSegment>.Shared.Return(segments);
            ArrayPool<byte>.Shared.Return(frame);
        }
    }

    private ServeResult TransmitAll(VirtQueue queue, Span<BufferSegment> segments, Span<byte> frame)
    {
        ServeResult result = ServeResult.Nothing;
        for (int i = 0; i < queue.Size; i++)
        {
            long pause = _sent.Wait();
            if (pause > 0)
            {
                // The link's thread looks again when the rate allows.
                Volatile.Write(ref _pause, pause);
                Wake?.Invoke();
                return result;
            }

            QueueResult next = queue.TryPop(segments, out DescriptorChain chain);
            if (next != QueueResult.Ready)
            {
                return next == QueueResult.Broken ? ServeResult.NeedsReset : result;
            }

            ChainReader reader = new(queue.Memory, segments[..chain.SegmentCount]);
            int length = (int)Math.Min(reader.Remaining, MaxFrameBytes + 1);
            if (length is > HeaderBytes and <= MaxFrameBytes && reader.TryRead(frame[..length]))
            {
                // Of no meaning in this direction; a link may look at it.
                BinaryPrimitives.WriteUInt16LittleEndian(frame[BufferCountOffset..], 0);
                _link.Send(frame[..length]);
                _sent.Take(length);
                Volatile.Write(ref _framesSent, _framesSent + 1);
            }

            if (!queue.TryComplete(chain, 0))
            {
                return ServeResult.NeedsReset;
            }

            result = ServeResult.Completed;
        }

        return result;
    }
}
