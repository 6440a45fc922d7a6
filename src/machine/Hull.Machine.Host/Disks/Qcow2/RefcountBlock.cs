using System.Buffers.Binary;

namespace Hull.Machine.Host.Disks.Qcow2;

/// <summary>One block of reference counts: entries of 1 to 64 bits. Source: qcow2.txt, "Host cluster management".</summary>
internal static class RefcountBlock
{
    internal static ulong Get(ReadOnlySpan<byte> block, long index, int order)
    {
        switch (order)
        {
            case 3:
                return block[(int)index];
            case 4:
                return BinaryPrimitives.ReadUInt16BigEndian(block[((int)index * 2)..]);
            case 5:
                return BinaryPrimitives.ReadUInt32BigEndian(block[((int)index * 4)..]);
            case 6:
                return BinaryPrimitives.ReadUInt64BigEndian(block[((int)index * 8)..]);
            default:
                int bits = 1 << order;
                int shift = (int)(index * bits % 8);
                return (ulong)(block[(int)(index * bits / 8)] >> shift) & ((1u << bits) - 1);
        }
    }

    internal static void Set(Span<byte> block, long index, int order, ulong value)
    {
        switch (order)
        {
            case 3:
                block[(int)index] = (byte)value;
                break;
            case 4:
                BinaryPrimitives.WriteUInt16BigEndian(block[((int)index * 2)..], (ushort)value);
                break;
            case 5:
                BinaryPrimitives.WriteUInt32BigEndian(block[((int)index * 4)..], (uint)value);
                break;
            case 6:
                BinaryPrimitives.WriteUInt64BigEndian(block[((int)index * 8)..], value);
                break;
            default:
                int bits = 1 << order;
                int shift = (int)(index * bits % 8);
                ref byte place = ref block[(int)(index * bits / 8)];
                int mask = ((1 << bits) - 1) << shift;
                place = (byte)((place & ~mask) | ((int)value << shift));
                break;
        }
    }

    /// <summary>The largest count.</summary>
    internal static ulong Limit(int order) => order == 6 ? ulong.MaxValue : (1ul << (1 << order)) - 1;
}
