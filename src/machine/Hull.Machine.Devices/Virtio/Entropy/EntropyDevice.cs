using Hull.Machine.State;

namespace Hull.Machine.Devices.Virtio;

/// <summary>Gives the guest random bytes. Source: virtio 1.3 §5.4.</summary>
public sealed class EntropyDevice : IVirtioDevice, ISavable
{
    /// <summary>Most bytes one request may receive, so that host work stays bounded whatever the guest asks.</summary>
    public const int MaxBytesPerRequest = 64 * 1024;

    private const int ChunkBytes = 256;
    private const ushort QueueSize = 64;

    private readonly IEntropySource _source;

    /// <summary>Creates the device; the source outlives it.</summary>
    public EntropyDevice(IEntropySource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        _source = source;
    }

    /// <inheritdoc/>
    public VirtioDeviceType Type => VirtioDeviceType.Entropy;

    /// <inheritdoc/>
    public ulong OfferedFeatures => 0;

    /// <inheritdoc/>
    public IReadOnlyList<ushort> QueueSizes { get; } = [QueueSize];

    /// <inheritdoc/>
    public void Activate(ulong features, IVirtioPort port)
    {
        // Nothing comes without the driver asking.
    }

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

            uint written = Fill(queue.Memory, segments[..chain.SegmentCount]);
            if (!queue.TryComplete(chain, written))
            {
                return ServeResult.NeedsReset;
            }

            result = ServeResult.Completed;
        }

        return result;
    }

    /// <inheritdoc/>
    public void ReadConfiguration(int offset, Span<byte> destination) => destination.Clear();

    /// <inheritdoc/>
    public void WriteConfiguration(int offset, ReadOnlySpan<byte> source)
    {
        // The configuration is empty.
    }

    /// <inheritdoc/>
    public void Reset()
    {
        // No state outside the queue.
    }

    /// <inheritdoc/>
    public void Save(StateWriter writer)
    {
        // No state outside the queue.
    }

    /// <inheritdoc/>
    public void Load(StateReader reader)
    {
        // No state outside the queue.
    }

    private uint Fill(IGuestMemory memory, ReadOnlySpan<BufferSegment> segments)
    {
        ChainWriter writer = new(memory, segments);
        Span<byte> chunk = stackalloc byte[ChunkBytes];
        while (writer.Remaining > 0 && writer.Written < MaxBytesPerRequest)
        {
            Span<byte> part = chunk[..(int)Math.Min(ChunkBytes, writer.Remaining)];
            _source.Fill(part);
            if (!writer.TryWrite(part))
            {
                break;
            }
        }

        return writer.Written;
    }
}
