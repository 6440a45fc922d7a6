using System.Buffers.Binary;
using Hull.Linux;

namespace Hull.Machine.Host.Sharing;

/// <summary>Writes an answer; what does not fit any more is dropped and makes the answer an error.</summary>
internal ref struct FuseAnswer
{
    /// <summary>sizeof(struct fuse_out_header).</summary>
    internal const int HeaderBytes = 16;

    private readonly Span<byte> _bytes;
    private int _used;
    private bool _overflowed;

    internal FuseAnswer(Span<byte> bytes)
    {
        _bytes = bytes;
        _used = HeaderBytes;
        _overflowed = bytes.Length < HeaderBytes;
    }

    /// <summary>Where the next bytes go; as long as there is room.</summary>
    internal readonly Span<byte> Room => _overflowed ? default : _bytes[_used..];

    /// <summary>Counts what was written to <see cref="Room"/>; more than fits makes the answer an error.</summary>
    internal void Advance(int count) => _ = Reserve(count);

    internal void Write(uint value)
    {
        if (Reserve(sizeof(uint)))
        {
            BinaryPrimitives.WriteUInt32LittleEndian(_bytes[(_used - sizeof(uint))..], value);
        }
    }

    internal void Write(ulong value)
    {
        if (Reserve(sizeof(ulong)))
        {
            BinaryPrimitives.WriteUInt64LittleEndian(_bytes[(_used - sizeof(ulong))..], value);
        }
    }

    internal void Write(ushort value)
    {
        if (Reserve(sizeof(ushort)))
        {
            BinaryPrimitives.WriteUInt16LittleEndian(_bytes[(_used - sizeof(ushort))..], value);
        }
    }

    internal void Write(scoped ReadOnlySpan<byte> bytes)
    {
        if (Reserve(bytes.Length))
        {
            bytes.CopyTo(_bytes[(_used - bytes.Length)..]);
        }
    }

    /// <summary>Writes the header.</summary>
    /// <returns>The answer's length; 0 when there is no room even for a header.</returns>
    internal readonly int Finish(ulong unique, Errno error)
    {
        if (_bytes.Length < HeaderBytes)
        {
            return 0;
        }

        if (error == Errno.None && _overflowed)
        {
            error = Errno.Inval;
        }

        int length = error == Errno.None ? _used : HeaderBytes;
        BinaryPrimitives.WriteInt32LittleEndian(_bytes, length);
        BinaryPrimitives.WriteInt32LittleEndian(_bytes[4..], -(int)error);
        BinaryPrimitives.WriteUInt64LittleEndian(_bytes[8..], unique);
        return length;
    }

    private bool Reserve(int count)
    {
        if (_overflowed || _bytes.Length - _used < count)
        {
            _overflowed = true;
            return false;
        }

        _used += count;
        return true;
    }
}
