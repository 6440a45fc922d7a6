using System.Buffers.Binary;
using Hull.Machine.Devices.Serial;
using Hull.Machine.State;

namespace Hull.Machine.Devices.Virtio;

/// <summary>A console with one port. Source: virtio 1.3 §5.3.</summary>
/// <remarks>Input waits in a bounded buffer until the guest has room for it. Thread-safe for <see cref="Receive"/> and <see cref="Resize"/>.</remarks>
public sealed class ConsoleDevice : IVirtioDevice, ISavable
{
    private const ulong FeatureSize = 1;
    private const ushort QueueSize = 64;
    private const int ReceiveQueue = 0;
    private const int ChunkBytes = 1024;
    private const int InputBytes = 4096;
    private const int MaxBytesPerRequest = 64 * 1024;
    private const int ConfigurationBytes = 4;

    private readonly Lock _inputGate = new();
    private readonly IByteSink _output;
    private readonly byte[] _input = new byte[InputBytes];
    private int _inputStart;
    private int _inputCount;
    private ushort _columns;
    private ushort _rows;
    private volatile IVirtioPort? _port;

    /// <summary>Creates a console.</summary>
    public ConsoleDevice(IByteSink output)
    {
        ArgumentNullException.ThrowIfNull(output);
        _output = output;
    }

    /// <inheritdoc/>
    public VirtioDeviceType Type => VirtioDeviceType.Console;

    /// <inheritdoc/>
    public ulong OfferedFeatures => FeatureSize;

    /// <inheritdoc/>
    public IReadOnlyList<ushort> QueueSizes { get; } = [QueueSize, QueueSize];

    /// <summary>Offers input.</summary>
    /// <returns>How many bytes were taken; the buffer is full when it is fewer.</returns>
    public int Receive(ReadOnlySpan<byte> bytes)
    {
        int taken;
        lock (_inputGate)
        {
            taken = Math.Min(bytes.Length, InputBytes - _inputCount);
            for (int i = 0; i < taken; i++)
            {
                _input[(_inputStart + _inputCount) % InputBytes] = bytes[i];
                _inputCount++;
            }
        }

        _port?.Serve(ReceiveQueue);
        return taken;
    }

    /// <summary>The terminal behind the console has another size.</summary>
    public void Resize(ushort columns, ushort rows)
    {
        lock (_inputGate)
        {
            (_columns, _rows) = (columns, rows);
        }

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
        for (int i = 0; i < queue.Size && (queueIndex != ReceiveQueue || HasInput()); i++)
        {
            QueueResult next = queue.TryPop(segments, out DescriptorChain chain);
            if (next != QueueResult.Ready)
            {
                return next == QueueResult.Broken ? ServeResult.NeedsReset : result;
            }

            ReadOnlySpan<BufferSegment> request = segments[..chain.SegmentCount];
            uint written = queueIndex == ReceiveQueue ? GiveInput(queue.Memory, request) : 0;
            if (queueIndex != ReceiveQueue)
            {
                Print(queue.Memory, request);
            }

            if (!queue.TryComplete(chain, written))
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
        lock (_inputGate)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(configuration, _columns);
            BinaryPrimitives.WriteUInt16LittleEndian(configuration[2..], _rows);
        }

        Configuration.Read(configuration, offset, destination);
    }

    /// <inheritdoc/>
    public void WriteConfiguration(int offset, ReadOnlySpan<byte> source)
    {
        // Nothing in it is for the driver to write: emergency writes are not offered.
    }

    /// <inheritdoc/>
    public void Reset() => _port = null;

    /// <inheritdoc/>
    public void Save(StateWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        lock (_inputGate)
        {
            writer.Bytes(_input);
            writer.U32((uint)_inputStart);
            writer.U32((uint)_inputCount);
            writer.U16(_columns);
            writer.U16(_rows);
        }
    }

    /// <inheritdoc/>
    public void Load(StateReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        lock (_inputGate)
        {
            reader.Bytes(_input);
            _inputStart = reader.Count(InputBytes - 1);
            _inputCount = reader.Count(InputBytes);
            (_columns, _rows) = (reader.U16(), reader.U16());
        }
    }

    private bool HasInput()
    {
        lock (_inputGate)
        {
            return _inputCount > 0;
        }
    }

    private uint GiveInput(IGuestMemory memory, ReadOnlySpan<BufferSegment> request)
    {
        ChainWriter writer = new(memory, request);
        lock (_inputGate)
        {
            while (_inputCount > 0 && writer.Remaining > 0)
            {
                int part = (int)Math.Min(Math.Min(_inputCount, InputBytes - _inputStart), writer.Remaining);
                if (!writer.TryWrite(_input.AsSpan(_inputStart, part)))
                {
                    break;
                }

                _inputStart = (_inputStart + part) % InputBytes;
                _inputCount -= part;
            }
        }

        return writer.Written;
    }

    private void Print(IGuestMemory memory, ReadOnlySpan<BufferSegment> request)
    {
        ChainReader reader = new(memory, request);
        Span<byte> chunk = stackalloc byte[ChunkBytes];
        for (int done = 0; reader.Remaining > 0 && done < MaxBytesPerRequest; done += ChunkBytes)
        {
            Span<byte> part = chunk[..(int)Math.Min(ChunkBytes, reader.Remaining)];
            if (!reader.TryRead(part))
            {
                return;
            }

            _output.Write(part);
        }
    }
}
