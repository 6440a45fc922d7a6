using System.Buffers.Binary;
using System.Text;

namespace Hull.Machine.Devices.Virtio;

/// <summary>A file system whose files the host keeps. Source: virtio 1.3 §5.11.</summary>
/// <remarks>
/// Carries FUSE requests to an <see cref="IFileServer"/> and answers back; knows nothing of what is in them. Requests
/// are answered on the thread that rings the bell, one after another.
/// </remarks>
public sealed class FileSystemDevice : IVirtioDevice
{
    /// <summary>Longest tag, bytes of UTF-8.</summary>
    public const int MaxTagBytes = 36;

    private const ushort QueueSize = 1024;
    private const int ConfigurationBytes = MaxTagBytes + sizeof(uint);

    private readonly IFileServer _server;
    private readonly byte[] _configuration = new byte[ConfigurationBytes];
    private readonly BufferSegment[] _segments = new BufferSegment[QueueSize];
    private readonly byte[] _request;
    private readonly byte[] _answer;

    /// <summary>Creates the device; the server outlives it.</summary>
    /// <param name="tag">What the guest mounts it by; at most 36 bytes.</param>
    /// <param name="server">Answers.</param>
    public FileSystemDevice(string tag, IFileServer server)
    {
        ArgumentException.ThrowIfNullOrEmpty(tag);
        ArgumentNullException.ThrowIfNull(server);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Encoding.UTF8.GetByteCount(tag), MaxTagBytes);
        _server = server;
        Encoding.UTF8.GetBytes(tag, _configuration);
        BinaryPrimitives.WriteUInt32LittleEndian(_configuration.AsSpan(MaxTagBytes), 1);
        _request = new byte[server.MaxRequestBytes];
        _answer = new byte[server.MaxAnswerBytes];
    }

    /// <inheritdoc/>
    public VirtioDeviceType Type => VirtioDeviceType.FileSystem;

    /// <inheritdoc/>
    public ulong OfferedFeatures => 0;

    /// <summary>One queue for what must not wait behind others, one for requests.</summary>
    public IReadOnlyList<ushort> QueueSizes { get; } = [QueueSize, QueueSize];

    /// <inheritdoc/>
    public void Activate(ulong features, IVirtioPort port)
    {
        // Nothing comes without a request.
    }

    /// <inheritdoc/>
    public ServeResult Serve(int queueIndex, VirtQueue queue)
    {
        ArgumentNullException.ThrowIfNull(queue);
        ServeResult result = ServeResult.Nothing;
        for (int i = 0; i < queue.Size; i++)
        {
            QueueResult next = queue.TryPop(_segments, out DescriptorChain chain);
            if (next != QueueResult.Ready)
            {
                return next == QueueResult.Broken ? ServeResult.NeedsReset : result;
            }

            uint written = Answer(queue.Memory, _segments.AsSpan(0, chain.SegmentCount));
            if (!queue.TryComplete(chain, written))
            {
                return ServeResult.NeedsReset;
            }

            result = ServeResult.Completed;
        }

        return result;
    }

    /// <inheritdoc/>
    public void ReadConfiguration(int offset, Span<byte> destination) =>
        Configuration.Read(_configuration, offset, destination);

    /// <inheritdoc/>
    public void WriteConfiguration(int offset, ReadOnlySpan<byte> source)
    {
        // Nothing in it is for the driver to write.
    }

    /// <inheritdoc/>
    public void Reset() => _server.Reset();

    private uint Answer(IGuestMemory memory, ReadOnlySpan<BufferSegment> segments)
    {
        ChainReader reader = new(memory, segments);
        ChainWriter writer = new(memory, segments);
        if (reader.Remaining > _request.Length)
        {
            return 0;
        }

        Span<byte> request = _request.AsSpan(0, (int)reader.Remaining);
        if (!reader.TryRead(request))
        {
            return 0;
        }

        int room = (int)Math.Min(writer.Remaining, _answer.Length);
        int length = _server.Handle(request, _answer.AsSpan(0, room));
        _ = writer.TryWrite(_answer.AsSpan(0, length));
        return writer.Written;
    }
}
