using System.Buffers.Binary;

namespace Hull.Linux;

/// <summary>One message to the kernel's routing: header, fixed body, attributes.</summary>
/// <remarks>Source: netlink(7), struct nlmsghdr (16 bytes) and struct nlattr (4 bytes), both padded to 4.</remarks>
internal sealed class RouteRequest
{
    private const int HeaderBytes = 16;
    private const int AttributeHeaderBytes = 4;
    private const int MaxBytes = 512;

    private readonly byte[] _bytes = new byte[MaxBytes];
    private readonly int _bodyBytes;
    private int _length;

    internal RouteRequest(ushort type, int flags, int bodyBytes)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_bytes.AsSpan(4), type);
        BinaryPrimitives.WriteUInt16LittleEndian(_bytes.AsSpan(6), (ushort)flags);
        _bodyBytes = bodyBytes;
        _length = HeaderBytes + bodyBytes;
    }

    /// <summary>The fixed body, zero at first.</summary>
    internal Span<byte> Body => _bytes.AsSpan(HeaderBytes, _bodyBytes);

    /// <summary>Adds an attribute.</summary>
    /// <exception cref="HullException">The value is too long for any attribute sent here.</exception>
    internal void Add(ushort type, ReadOnlySpan<byte> value)
    {
        int padded = (AttributeHeaderBytes + value.Length + 3) & -4;
        if (_length + padded > MaxBytes)
        {
            throw new HullException(ErrorKind.InvalidArgument, "A value for the kernel's routing is too long.");
        }

        Span<byte> attribute = _bytes.AsSpan(_length);
        BinaryPrimitives.WriteUInt16LittleEndian(attribute, (ushort)(AttributeHeaderBytes + value.Length));
        BinaryPrimitives.WriteUInt16LittleEndian(attribute[2..], type);
        value.CopyTo(attribute[AttributeHeaderBytes..]);
        _length += padded;
    }

    /// <summary>The message, with its length and sequence number filled in.</summary>
    internal ReadOnlySpan<byte> Finish(uint sequence)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_bytes, _length);
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(8), sequence);
        return _bytes.AsSpan(0, _length);
    }

    /// <summary>Finds an attribute's value in an answer.</summary>
    /// <returns>Empty when it is not there.</returns>
    internal static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> attributes, ushort type)
    {
        while (attributes.Length >= AttributeHeaderBytes)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(attributes);
            if (length < AttributeHeaderBytes || length > attributes.Length)
            {
                return [];
            }

            if (BinaryPrimitives.ReadUInt16LittleEndian(attributes[2..]) == type)
            {
                return attributes[AttributeHeaderBytes..length];
            }

            attributes = attributes[Math.Min((length + 3) & -4, attributes.Length)..];
        }

        return [];
    }
}
