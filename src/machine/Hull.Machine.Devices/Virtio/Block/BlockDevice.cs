using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Hull.Machine.State;

namespace Hull.Machine.Devices.Virtio;

/// <summary>A disk. Source: virtio 1.3 §5.2.</summary>
/// <remarks>Requests are done one after another while the driver's bell is served.</remarks>
public sealed class BlockDevice : IVirtioDevice, ISavable
{
    /// <summary>Bytes of a sector, the unit of every address.</summary>
    public const int SectorBytes = 512;

    private const ulong FeatureSegmentMax = 1 << 2;
    private const ulong FeatureReadOnly = 1 << 5;
    private const ulong FeatureBlockSize = 1 << 6;
    private const ulong FeatureFlush = 1 << 9;
    private const ulong FeatureDiscard = 1 << 13;
    private const ulong FeatureWriteZeroes = 1 << 14;
    // A request of 1 MiB in pages of its own is one chain then, as it mostly comes.
    private const ushort QueueSize = 512;
    private const int HeaderBytes = 16;
    private const int RangeBytes = 16;
    private const int MaxRanges = 16;
    private const int IdBytes = 20;
    private const int ChunkBytes = 64 * 1024;
    private const int ConfigurationBytes = 60;
    private const uint MaxSectorsPerRange = 1u << 22;

    private readonly IBlockStore _store;
    private readonly byte[] _id = new byte[IdBytes];

    /// <summary>Most bytes one request may read or write: drivers ask for a few MiB at most, and who waits for this device waits so long.</summary>
    public const int MaxBytesPerRequest = 16 << 20;

    /// <summary>Creates a disk; the store outlives it.</summary>
    /// <param name="store">Its bytes.</param>
    /// <param name="serial">What the guest shows as its serial number; at most 20 bytes count.</param>
    public BlockDevice(IBlockStore store, string serial)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(serial);
        _store = store;
        byte[] text = Encoding.ASCII.GetBytes(serial);
        text.AsSpan(0, Math.Min(text.Length, IdBytes)).CopyTo(_id);
    }

    private enum RequestType : uint
    {
        Read = 0,
        Write = 1,
        Flush = 4,
        GetId = 8,
        Discard = 11,
        WriteZeroes = 13,
    }

    private enum RequestStatus : byte
    {
        Ok = 0,
        IoError = 1,
        Unsupported = 2,
    }

    /// <inheritdoc/>
    public VirtioDeviceType Type => VirtioDeviceType.Block;

    /// <inheritdoc/>
    public ulong OfferedFeatures => FeatureSegmentMax | FeatureBlockSize | FeatureFlush
        | (_store.IsReadOnly ? FeatureReadOnly : FeatureDiscard | FeatureWriteZeroes);

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
        BufferSegment[] segments = ArrayPool<BufferSegment>.Shared.Rent(QueueSize);
        byte[] chunk = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            return ServeAll(queue, segments.AsSpan(0, QueueSize), chunk.AsSpan(0, ChunkBytes));
        }
        finally
        {
            ArrayPool<BufferSegment>.Shared.Return(segments);
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    /// <inheritdoc/>
    public void ReadConfiguration(int offset, Span<byte> destination)
    {
        Span<byte> configuration = stackalloc byte[ConfigurationBytes];
        configuration.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(configuration, _store.Size / SectorBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(configuration[12..], QueueSize - 2);
        BinaryPrimitives.WriteUInt32LittleEndian(configuration[20..], SectorBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(configuration[36..], MaxSectorsPerRange);
        BinaryPrimitives.WriteUInt32LittleEndian(configuration[40..], MaxRanges);
        BinaryPrimitives.WriteUInt32LittleEndian(configuration[44..], 1);
        BinaryPrimitives.WriteUInt32LittleEndian(configuration[48..], MaxSectorsPerRange);
        BinaryPrimitives.WriteUInt32LittleEndian(configuration[52..], MaxRanges);
        configuration[56] = 1;
        Configuration.Read(configuration, offset, destination);
    }

    /// <inheritdoc/>
    public void WriteConfiguration(int offset, ReadOnlySpan<byte> source)
    {
        // The write cache is always on: its switch is not offered.
    }

    /// <inheritdoc/>
    public void Reset()
    {
        // No state outside the queue.
    }

    /// <inheritdoc/>
    public void Save(StateWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.I64(_store.Size);
    }

    /// <inheritdoc/>
    public void Load(StateReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        long size = reader.I64();
        if (size != _store.Size)
        {
            throw new HullException(
                ErrorKind.FailedPrecondition,
                $"The snapshot's disk has {size} bytes and the machine's has {_store.Size}: they are not the same disk.");
        }
    }

    private ServeResult ServeAll(VirtQueue queue, Span<BufferSegment> segments, Span<byte> chunk)
    {
        ServeResult result = ServeResult.Nothing;
        for (int i = 0; i < queue.Size; i++)
        {
            QueueResult next = queue.TryPop(segments, out DescriptorChain chain);
            if (next != QueueResult.Ready)
            {
                return next == QueueResult.Broken ? ServeResult.NeedsReset : result;
            }

            if (!TryServeOne(queue.Memory, segments[..chain.SegmentCount], chunk, out uint written)
                || !queue.TryComplete(chain, written))
            {
                return ServeResult.NeedsReset;
            }

            result = ServeResult.Completed;
        }

        // More than a queue holds came while it was served: the driver rings again for those, or an event index asks it to.
        return result;
    }

    // The last writable byte is the status; without one the driver cannot be answered at all.
    private bool TryServeOne(IGuestMemory memory, Span<BufferSegment> segments, Span<byte> chunk, out uint written)
    {
        written = 0;
        if (segments.IsEmpty || !segments[^1].DeviceWrites || segments[^1].Length == 0)
        {
            return false;
        }

        BufferSegment last = segments[^1];
        if (!last.Address.TryAdd(last.Length - 1, out GuestAddress statusAt))
        {
            return false;
        }

        segments[^1] = last with { Length = last.Length - 1 };
        ChainReader reader = new(memory, segments);
        ChainWriter writer = new(memory, segments);
        Span<byte> header = stackalloc byte[HeaderBytes];
        RequestStatus status = RequestStatus.IoError;
        if (reader.TryRead(header))
        {
            RequestType type = (RequestType)BinaryPrimitives.ReadUInt32LittleEndian(header);
            ulong sector = BinaryPrimitives.ReadUInt64LittleEndian(header[8..]);
            status = Execute(type, sector, ref reader, ref writer, chunk);
        }

        written = writer.Written + 1;
        return memory.TryWriteInteger(statusAt, (byte)status);
    }

    private RequestStatus Execute(
        RequestType type, ulong sector, ref ChainReader reader, ref ChainWriter writer, Span<byte> chunk) => type switch
        {
            RequestType.Read => Read(sector, ref writer, chunk),
            RequestType.Write => Write(sector, ref reader, chunk),
            RequestType.Flush => Answer(_store.TryFlush()),
            RequestType.GetId => Answer(writer.TryWrite(_id)),
            RequestType.Discard or RequestType.WriteZeroes => Discard(type, ref reader),
            _ => RequestStatus.Unsupported,
        };

    private static RequestStatus Answer(bool succeeded) => succeeded ? RequestStatus.Ok : RequestStatus.IoError;

    private bool IsInside(ulong sector, long length)
    {
        ulong sectors = (ulong)_store.Size / SectorBytes;
        return length % SectorBytes == 0 && sector <= sectors && (ulong)length / SectorBytes <= sectors - sector;
    }

    private RequestStatus Read(ulong sector, ref ChainWriter writer, Span<byte> chunk)
    {
        if (writer.Remaining > MaxBytesPerRequest || !IsInside(sector, writer.Remaining))
        {
            return RequestStatus.IoError;
        }

        long offset = (long)sector * SectorBytes;
        while (writer.Remaining > 0)
        {
            Span<byte> part = chunk[..(int)Math.Min(chunk.Length, writer.Remaining)];
            if (!_store.TryRead(offset, part) || !writer.TryWrite(part))
            {
                return RequestStatus.IoError;
            }

            offset += part.Length;
        }

        return RequestStatus.Ok;
    }

    private RequestStatus Write(ulong sector, ref ChainReader reader, Span<byte> chunk)
    {
        if (_store.IsReadOnly || reader.Remaining > MaxBytesPerRequest || !IsInside(sector, reader.Remaining))
        {
            return RequestStatus.IoError;
        }

        long offset = (long)sector * SectorBytes;
        while (reader.Remaining > 0)
        {
            Span<byte> part = chunk[..(int)Math.Min(chunk.Length, reader.Remaining)];
            if (!reader.TryRead(part) || !_store.TryWrite(offset, part))
            {
                return RequestStatus.IoError;
            }

            offset += part.Length;
        }

        return RequestStatus.Ok;
    }

    private RequestStatus Discard(RequestType type, ref ChainReader reader)
    {
        if (_store.IsReadOnly || reader.Remaining is 0 or > MaxRanges * RangeBytes || reader.Remaining % RangeBytes != 0)
        {
            return RequestStatus.IoError;
        }

        Span<byte> range = stackalloc byte[RangeBytes];
        while (reader.Remaining > 0)
        {
            if (!reader.TryRead(range))
            {
                return RequestStatus.IoError;
            }

            ulong sector = BinaryPrimitives.ReadUInt64LittleEndian(range);
            uint sectors = BinaryPrimitives.ReadUInt32LittleEndian(range[8..]);
            long length = (long)sectors * SectorBytes;
            if (sectors > MaxSectorsPerRange || !IsInside(sector, length)
                || !_store.TryDiscard((long)sector * SectorBytes, length, type == RequestType.WriteZeroes))
            {
                return RequestStatus.IoError;
            }
        }

        return RequestStatus.Ok;
    }
}
