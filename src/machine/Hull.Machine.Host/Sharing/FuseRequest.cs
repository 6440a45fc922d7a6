using System.Buffers.Binary;

namespace Hull.Machine.Host.Sharing;

/// <summary>Reads a request's arguments in their order; past the end everything is 0 or empty, and <see cref="IsShort"/>.</summary>
internal ref struct FuseRequest
{
    /// <summary>sizeof(struct fuse_in_header).</summary>
    internal const int HeaderBytes = 40;

    private ReadOnlySpan<byte> _rest;

    internal FuseRequest(ReadOnlySpan<byte> request)
    {
        Opcode = (FuseOpcode)BinaryPrimitives.ReadUInt32LittleEndian(request[4..]);
        Unique = BinaryPrimitives.ReadUInt64LittleEndian(request[8..]);
        Node = BinaryPrimitives.ReadUInt64LittleEndian(request[16..]);
        Uid = BinaryPrimitives.ReadUInt32LittleEndian(request[24..]);
        Gid = BinaryPrimitives.ReadUInt32LittleEndian(request[28..]);
        _rest = request[HeaderBytes..];
    }

    internal FuseOpcode Opcode { get; }

    internal ulong Unique { get; }

    internal ulong Node { get; }

    internal uint Uid { get; }

    internal uint Gid { get; }

    /// <summary>Whether more was read than there is.</summary>
    internal bool IsShort { get; private set; }

    internal readonly ReadOnlySpan<byte> Rest => _rest;

    internal uint ReadUInt32()
    {
        ReadOnlySpan<byte> bytes = Take(sizeof(uint));
        return bytes.IsEmpty ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    internal ulong ReadUInt64()
    {
        ReadOnlySpan<byte> bytes = Take(sizeof(ulong));
        return bytes.IsEmpty ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    internal ReadOnlySpan<byte> Take(int count)
    {
        if ((uint)count > (uint)_rest.Length)
        {
            IsShort = true;
            _rest = default;
            return default;
        }

        ReadOnlySpan<byte> taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }

    /// <summary>Reads a text with its NUL; empty when there is none.</summary>
    internal ReadOnlySpan<byte> ReadText()
    {
        int end = _rest.IndexOf((byte)0);
        if (end < 0)
        {
            IsShort = true;
            return default;
        }

        return Take(end + 1);
    }
}
