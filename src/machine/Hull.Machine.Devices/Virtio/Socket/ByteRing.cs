namespace Hull.Machine.Devices.Virtio;

/// <summary>Bytes in order, at most so many; takes memory when first used. Not thread-safe.</summary>
internal sealed class ByteRing(int capacity)
{
    private byte[] _bytes = [];
    private int _start;

    /// <summary>Bytes that wait.</summary>
    internal int Count { get; private set; }

    /// <summary>Bytes that fit.</summary>
    internal int Free => capacity - Count;

    /// <summary>Appends what fits.</summary>
    /// <returns>How many bytes fitted.</returns>
    internal int Append(ReadOnlySpan<byte> bytes)
    {
        int taken = Math.Min(bytes.Length, Free);
        if (taken > 0 && _bytes.Length == 0)
        {
            _bytes = new byte[capacity];
        }

        for (int done = 0; done < taken;)
        {
            int end = (_start + Count) % capacity;
            int part = Math.Min(taken - done, capacity - end);
            bytes.Slice(done, part).CopyTo(_bytes.AsSpan(end));
            Count += part;
            done += part;
        }

        return taken;
    }

    /// <summary>The longest piece that lies in one place, at the head.</summary>
    internal ReadOnlySpan<byte> Head => _bytes.AsSpan(_start, Math.Min(Count, _bytes.Length - _start));

    /// <summary>Drops bytes from the head.</summary>
    internal void Drop(int count)
    {
        Count -= count;
        _start = Count == 0 ? 0 : (_start + count) % capacity;
    }
}
