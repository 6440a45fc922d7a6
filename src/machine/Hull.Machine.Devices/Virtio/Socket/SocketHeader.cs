using System.Buffers.Binary;

namespace Hull.Machine.Devices.Virtio;

/// <summary>The header of every packet. Source: virtio 1.3 §5.10.6, struct virtio_vsock_hdr.</summary>
internal readonly record struct SocketHeader
{
    internal const int Bytes = 44;
    internal const ushort TypeStream = 1;
    internal const uint ShutdownReceive = 1;
    internal const uint ShutdownSend = 2;

    internal ulong SourceCid { get; init; }

    internal ulong TargetCid { get; init; }

    internal uint SourcePort { get; init; }

    internal uint TargetPort { get; init; }

    internal uint Length { get; init; }

    internal ushort Type { get; init; }

    internal SocketOperation Operation { get; init; }

    internal uint Flags { get; init; }

    internal uint BufferBytes { get; init; }

    internal uint ForwardedCount { get; init; }

    internal static SocketHeader Read(ReadOnlySpan<byte> bytes) => new()
    {
        SourceCid = BinaryPrimitives.ReadUInt64LittleEndian(bytes),
        TargetCid = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
        SourcePort = BinaryPrimitives.ReadUInt32LittleEndian(bytes[16..]),
        TargetPort = BinaryPrimitives.ReadUInt32LittleEndian(bytes[20..]),
        Length = BinaryPrimitives.ReadUInt32LittleEndian(bytes[24..]),
        Type = BinaryPrimitives.ReadUInt16LittleEndian(bytes[28..]),
        Operation = (SocketOperation)BinaryPrimitives.ReadUInt16LittleEndian(bytes[30..]),
        Flags = BinaryPrimitives.ReadUInt32LittleEndian(bytes[32..]),
        BufferBytes = BinaryPrimitives.ReadUInt32LittleEndian(bytes[36..]),
        ForwardedCount = BinaryPrimitives.ReadUInt32LittleEndian(bytes[40..]),
    };

    internal void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, SourceCid);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[8..], TargetCid);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[16..], SourcePort);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[20..], TargetPort);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[24..], Length);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[28..], Type);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[30..], (ushort)Operation);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[32..], Flags);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[36..], BufferBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[40..], ForwardedCount);
    }
}
