namespace Hull.Machine.Devices.Virtio;

/// <summary>Writes the bytes the driver gets from one request, across its segments.</summary>
public ref struct ChainWriter
{
    private readonly IGuestMemory _memory;
    private readonly ReadOnlySpan<BufferSegment> _segments;
    private int _segment;
    private uint _offset;

    /// <summary>Starts at the first writable byte.</summary>
    public ChainWriter(IGuestMemory memory, ReadOnlySpan<BufferSegment> segments)
    {
        _memory = memory;
        _segments = segments;
        foreach (BufferSegment segment in segments)
        {
            Remaining += segment.DeviceWrites ? segment.Length : 0;
        }
    }

    /// <summary>Bytes not written yet, as the driver claims.</summary>
    public long Remaining { get; private set; }

    /// <summary>Bytes written so far.</summary>
    public uint Written { get; private set; }

    /// <summary>Writes all bytes.</summary>
    /// <returns>False when the room is smaller or lies outside RAM.</returns>
    public bool TryWrite(scoped ReadOnlySpan<byte> source)
    {
        while (!source.IsEmpty)
        {
            if (_segment == _segments.Length)
            {
                return false;
            }

            BufferSegment segment = _segments[_segment];
            uint left = segment.DeviceWrites ? segment.Length - _offset : 0;
            if (left == 0)
            {
                _segment++;
                _offset = 0;
                continue;
            }

            int part = (int)Math.Min(left, (uint)source.Length);
            if (!segment.Address.TryAdd(_offset, out GuestAddress to) || !_memory.TryWrite(to, source[..part]))
            {
                return false;
            }

            _offset += (uint)part;
            Remaining -= part;
            Written += (uint)part;
            source = source[part..];
        }

        return true;
    }
}
