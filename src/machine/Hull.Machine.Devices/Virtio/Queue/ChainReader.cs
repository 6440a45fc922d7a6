namespace Hull.Machine.Devices.Virtio;

/// <summary>Reads the bytes the driver sent in one request, across its segments.</summary>
public ref struct ChainReader
{
    private readonly IGuestMemory _memory;
    private readonly ReadOnlySpan<BufferSegment> _segments;
    private int _segment;
    private uint _offset;

    /// <summary>Starts at the first readable byte.</summary>
    public ChainReader(IGuestMemory memory, ReadOnlySpan<BufferSegment> segments)
    {
        _memory = memory;
        _segments = segments;
        foreach (BufferSegment segment in segments)
        {
            Remaining += segment.DeviceWrites ? 0 : segment.Length;
        }
    }

    /// <summary>Bytes not read yet, as the driver claims.</summary>
    public long Remaining { get; private set; }

    /// <summary>Reads exactly so many bytes.</summary>
    /// <returns>False when the request is shorter or points outside RAM.</returns>
    public bool TryRead(scoped Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            if (_segment == _segments.Length)
            {
                return false;
            }

            BufferSegment segment = _segments[_segment];
            uint left = segment.DeviceWrites ? 0 : segment.Length - _offset;
            if (left == 0)
            {
                _segment++;
                _offset = 0;
                continue;
            }

            int part = (int)Math.Min(left, (uint)destination.Length);
            if (!segment.Address.TryAdd(_offset, out GuestAddress from) || !_memory.TryRead(from, destination[..part]))
            {
                return false;
            }

            _offset += (uint)part;
            Remaining -= part;
            destination = destination[part..];
        }

        return true;
    }
}
