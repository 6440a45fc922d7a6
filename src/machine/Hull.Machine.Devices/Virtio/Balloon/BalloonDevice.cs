using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Hull.Machine.State;

namespace Hull.Machine.Devices.Virtio;

/// <summary>Takes memory from the guest and gives it back to the host. Source: virtio 1.3 §5.5.</summary>
/// <remarks>Pages the guest only reports as free are given back too and stay the guest's. Thread-safe for <see cref="SetTarget"/>.</remarks>
public sealed class BalloonDevice : IVirtioDevice, ISavable
{
    private const ulong FeatureDeflateOnOom = 1 << 2;
    private const ulong FeatureReporting = 1 << 5;
    private const ushort QueueSize = 128;
    private const int InflateQueue = 0;
    private const int DeflateQueue = 1;
    private const int ReportingQueue = 2;
    private const int ConfigurationBytes = 8;
    private const int ActualOffset = 4;
    private const int MaxPagesPerRequest = 16 * 1024;
    private const int ChunkPages = 256;

    private uint _target;
    private uint _actual;
    private long _discardedPages;
    private volatile IVirtioPort? _port;

    /// <inheritdoc/>
    public VirtioDeviceType Type => VirtioDeviceType.Balloon;

    /// <inheritdoc/>
    public ulong OfferedFeatures => FeatureDeflateOnOom | FeatureReporting;

    /// <inheritdoc/>
    public IReadOnlyList<ushort> QueueSizes { get; } = [QueueSize, QueueSize, QueueSize];

    /// <summary>Pages of 4 KiB the guest says are in the balloon.</summary>
    public uint ActualPages => Volatile.Read(ref _actual);

    /// <summary>Pages given back to the host so far, again and again counted.</summary>
    public long DiscardedPages => Interlocked.Read(ref _discardedPages);

    /// <summary>Asks the guest to put so many pages of 4 KiB into the balloon.</summary>
    public void SetTarget(uint pages)
    {
        Volatile.Write(ref _target, pages);
        _port?.ConfigurationChanged();
    }

    /// <inheritdoc/>
    public void Activate(ulong features, IVirtioPort port) => _port = port;

    /// <inheritdoc/>
    public ServeResult Serve(int queueIndex, VirtQueue queue)
    {
        ArgumentNullException.ThrowIfNull(queue);
        Span<BufferSegment> segments = stackalloc BufferSegment[QueueSize];
        ServeResult result = ServeResult.Nothing;
        for (int i = 0; i < queue.Size; i++)
        {
            QueueResult next = queue.TryPop(segments, out DescriptorChain chain);
            if (next != QueueResult.Ready)
            {
                return next == QueueResult.Broken ? ServeResult.NeedsReset : result;
            }

            ReadOnlySpan<BufferSegment> request = segments[..chain.SegmentCount];
            switch (queueIndex)
            {
                case InflateQueue:
                    Inflate(queue.Memory, request);
                    break;
                case ReportingQueue:
                    TakeReported(queue.Memory, request);
                    break;
                case DeflateQueue:
                default:
                    // A page that comes back is simply used again: it never left the guest's address space.
                    break;
            }

            if (!queue.TryComplete(chain, 0))
            {
                return ServeResult.NeedsReset;
            }

            result = ServeResult.Completed;
        }

        return result;
    }

    /// <inheritdoc/>
    public void ReadConfiguration(int offset, Span<byte> destination)
    {
        Span<byte> configuration = stackalloc byte[ConfigurationBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(configuration, Volatile.Read(ref _target));
        BinaryPrimitives.WriteUInt32LittleEndian(configuration[ActualOffset..], ActualPages);
        Configuration.Read(configuration, offset, destination);
    }

    /// <inheritdoc/>
    public void WriteConfiguration(int offset, ReadOnlySpan<byte> source)
    {
        if (offset == ActualOffset && source.Length == sizeof(uint))
        {
            Volatile.Write(ref _actual, BinaryPrimitives.ReadUInt32LittleEndian(source));
        }
    }

    /// <inheritdoc/>
    public void Reset()
    {
        _port = null;
        Volatile.Write(ref _actual, 0);
    }

    /// <inheritdoc/>
    public void Save(StateWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.U32(Volatile.Read(ref _target));
        writer.U32(ActualPages);
    }

    /// <inheritdoc/>
    public void Load(StateReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        Volatile.Write(ref _target, reader.U32());
        Volatile.Write(ref _actual, reader.U32());
    }

    private void Inflate(IGuestMemory memory, ReadOnlySpan<BufferSegment> request)
    {
        ChainReader reader = new(memory, request);
        Span<uint> numbers = stackalloc uint[ChunkPages];
        for (int done = 0; done < MaxPagesPerRequest && reader.Remaining >= sizeof(uint); done += ChunkPages)
        {
            Span<uint> part = numbers[..(int)Math.Min(ChunkPages, reader.Remaining / sizeof(uint))];
            if (!reader.TryRead(MemoryMarshal.AsBytes(part)))
            {
                return;
            }

            foreach (uint number in part)
            {
                Discard(memory, new GuestAddress((ulong)number * GuestAddress.PageSize), GuestAddress.PageSize);
            }
        }
    }

    private void TakeReported(IGuestMemory memory, ReadOnlySpan<BufferSegment> request)
    {
        foreach (BufferSegment segment in request)
        {
            if (segment.DeviceWrites)
            {
                Discard(memory, segment.Address, segment.Length);
            }
        }
    }

    private void Discard(IGuestMemory memory, GuestAddress address, ulong length)
    {
        if (memory is IDiscardableMemory discardable && discardable.TryDiscard(address, length))
        {
            Interlocked.Add(ref _discardedPages, (long)(length / GuestAddress.PageSize));
        }
    }
}
