namespace Hull.Supervision;

/// <summary>Bytes that wait to be written, first in first out, with an upper bound that the caller holds.</summary>
internal sealed class ByteQueue
{
    private byte[] _buffer = [];
    private int _head;

    internal int Count { get; private set; }

    internal ReadOnlySpan<byte> Head => _buffer.AsSpan(_head, Count);

    internal void Append(ReadOnlySpan<byte> data)
    {
        if (_head + Count + data.Length > _buffer.Length)
        {
            byte[] target = Count + data.Length > _buffer.Length
                ? new byte[Math.Max(4096, (Count + data.Length) * 2)]
                : _buffer;
            Head.CopyTo(target);
            _buffer = target;
            _head = 0;
        }

        data.CopyTo(_buffer.AsSpan(_head + Count));
        Count += data.Length;
    }

    internal void Drop(int bytes)
    {
        _head += bytes;
        Count -= bytes;
        if (Count == 0)
        {
            // An idle supervisor holds no buffers.
            _buffer = [];
            _head = 0;
        }
    }
}
