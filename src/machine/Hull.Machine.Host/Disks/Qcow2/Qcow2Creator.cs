using System.Buffers.Binary;
using System.Text;

namespace Hull.Machine.Host.Disks.Qcow2;

/// <summary>Writes an empty qcow2 image: version 3, clusters of 64 KiB, counts of 16 bits.</summary>
internal static class Qcow2Creator
{
    internal const long MaxSize = 1L << 50;

    private const int ClusterBits = 16;
    private const int Cluster = 1 << ClusterBits;
    private const long TableCluster = 1;
    private const long BlockCluster = 2;
    private const long L1Cluster = 3;
    private const int RefcountOrder = 4;
    private const int MaxNameBytes = 1023;

    /// <summary>Fills an empty file.</summary>
    /// <exception cref="HullException">The size or the backing name is impossible, or the host failed.</exception>
    internal static void Create(IDiskFile file, string name, long size, string? backingName, string? backingFormat)
    {
        if (size <= 0 || size > MaxSize || size % 512 != 0)
        {
            throw new HullException(ErrorKind.InvalidArgument, $"A disk cannot have {size} bytes; give it 512 bytes to 1 PiB.");
        }

        byte[] backing = Encoding.UTF8.GetBytes(backingName ?? "");
        if (backing.Length > MaxNameBytes)
        {
            throw new HullException(ErrorKind.InvalidArgument, $"The backing file's name '{backingName}' is longer than 1023 bytes.");
        }

        long coverage = (long)Cluster * (Cluster / sizeof(ulong));
        int l1Entries = (int)((size + coverage - 1) / coverage);
        long l1Bytes = (((long)l1Entries * sizeof(ulong)) + Cluster - 1) & -Cluster;
        byte[] counts = new byte[Cluster];
        for (long i = 0; i < L1Cluster + (l1Bytes >> ClusterBits); i++)
        {
            RefcountBlock.Set(counts, i, RefcountOrder, 1);
        }

        byte[] table = new byte[Cluster];
        BinaryPrimitives.WriteInt64BigEndian(table, BlockCluster << ClusterBits);
        byte[] l1 = new byte[l1Bytes];
        bool written = file.TryWrite(TableCluster << ClusterBits, table)
            && file.TryWrite(BlockCluster << ClusterBits, counts)
            && file.TryWrite(L1Cluster << ClusterBits, l1)
            && file.TryWrite(0, Header(size, l1Entries, backing, backingFormat))
            && file.TrySync();
        if (!written)
        {
            throw new HullException(ErrorKind.ResourceExhausted, $"The disk '{name}' cannot be written.");
        }
    }

    private static byte[] Header(long size, int l1Entries, byte[] backing, string? backingFormat)
    {
        byte[] cluster = new byte[Cluster];
        Span<byte> at = cluster;
        BinaryPrimitives.WriteUInt32BigEndian(at, Qcow2Header.Magic);
        BinaryPrimitives.WriteUInt32BigEndian(at[4..], 3);
        BinaryPrimitives.WriteUInt32BigEndian(at[20..], ClusterBits);
        BinaryPrimitives.WriteInt64BigEndian(at[24..], size);
        BinaryPrimitives.WriteInt32BigEndian(at[36..], l1Entries);
        BinaryPrimitives.WriteInt64BigEndian(at[40..], L1Cluster << ClusterBits);
        BinaryPrimitives.WriteInt64BigEndian(at[48..], TableCluster << ClusterBits);
        BinaryPrimitives.WriteInt32BigEndian(at[56..], 1);
        BinaryPrimitives.WriteInt32BigEndian(at[96..], RefcountOrder);
        BinaryPrimitives.WriteInt32BigEndian(at[100..], Qcow2Header.Version3Bytes);
        int next = Qcow2Header.Version3Bytes;
        if (backing.Length > 0 && backingFormat is not null)
        {
            byte[] format = Encoding.ASCII.GetBytes(backingFormat);
            BinaryPrimitives.WriteUInt32BigEndian(at[next..], Qcow2Header.BackingFormatExtension);
            BinaryPrimitives.WriteInt32BigEndian(at[(next + 4)..], format.Length);
            format.CopyTo(at[(next + 8)..]);
            next += 8 + ((format.Length + 7) & ~7);
        }

        // The end of the extensions is eight bytes of zero, which are there already.
        next += 8;
        if (backing.Length > 0)
        {
            BinaryPrimitives.WriteInt64BigEndian(at[Qcow2Header.BackingOffsetAt..], next);
            BinaryPrimitives.WriteInt32BigEndian(at[16..], backing.Length);
            backing.CopyTo(at[next..]);
        }

        return cluster;
    }
}
