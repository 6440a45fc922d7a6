using System.Buffers.Binary;

namespace Hull.Machine.Host.Disks.Qcow2;

/// <summary>Who uses which cluster of the file, and where the next free one is.</summary>
/// <remarks>
/// Source: qcow2.txt, "Host cluster management". Counts go up in the cache before anything points to a cluster and go
/// down only after nothing durable points to it: whenever the program dies, the worst that is left is a leaked cluster.
/// </remarks>
internal sealed class Refcounts
{
    private const ulong OffsetMask = 0xFFFF_FFFF_FFFF_FE00;
    private const long MaxTableBytes = 8 << 20;

    private readonly IDiskFile _file;
    private readonly MetadataCache _cache;
    private readonly HashSet<long> _metadata;
    private readonly int _clusterBits;
    private readonly int _order;
    private long[] _table;
    private long _tableOffset;
    private long _next;

    private Refcounts(Qcow2Header header, IDiskFile file, MetadataCache cache, HashSet<long> metadata, long[] table)
    {
        _file = file;
        _cache = cache;
        _metadata = metadata;
        _clusterBits = header.ClusterBits;
        _order = header.RefcountOrder;
        _tableOffset = header.RefcountTableOffset;
        _table = table;
    }

    private int ClusterBytes => 1 << _clusterBits;

    private long EntriesPerBlock => ((long)ClusterBytes * 8) >> _order;

    /// <summary>Reads the table of blocks.</summary>
    /// <returns>Null when the host failed or the table is damaged.</returns>
    internal static Refcounts? TryLoad(Qcow2Header header, IDiskFile file, MetadataCache cache, HashSet<long> metadata)
    {
        byte[] bytes = new byte[header.RefcountTableClusters * header.ClusterBytes];
        if (!file.TryRead(header.RefcountTableOffset, bytes))
        {
            return null;
        }

        long[] table = new long[bytes.Length / sizeof(ulong)];
        for (int i = 0; i < table.Length; i++)
        {
            ulong entry = BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(i * sizeof(ulong))) & OffsetMask;
            bool isSound = entry % (ulong)header.ClusterBytes == 0 && entry <= (ulong)file.Length;
            if (!isSound || (entry != 0 && !metadata.Add((long)entry >> header.ClusterBits)))
            {
                return null;
            }

            table[i] = (long)entry;
        }

        return new Refcounts(header, file, cache, metadata, table);
    }

    /// <summary>Takes a free cluster; its count is 1 from now on.</summary>
    /// <param name="offset">Where it is.</param>
    /// <returns>False when the host failed, the image is full, or its counts are plainly wrong.</returns>
    internal bool TryAllocate(out long offset)
    {
        offset = 0;
        while (true)
        {
            long block = _next / EntriesPerBlock;
            if (block >= _table.Length)
            {
                if (!TryGrow(block))
                {
                    return false;
                }

                continue;
            }

            if (_table[block] == 0 && !TryAddBlock(block))
            {
                return false;
            }

            byte[]? counts = _cache.TryGet(_table[block]);
            if (counts is null)
            {
                return false;
            }

            for (long i = _next % EntriesPerBlock; i < EntriesPerBlock; i++)
            {
                if (RefcountBlock.Get(counts, i, _order) == 0)
                {
                    long cluster = (block * EntriesPerBlock) + i;
                    if (_metadata.Contains(cluster))
                    {
                        return false;
                    }

                    RefcountBlock.Set(counts, i, _order, 1);
                    _cache.MarkDirty(_table[block]);
                    _next = cluster + 1;
                    offset = cluster << _clusterBits;
                    return true;
                }
            }

            _next = (block + 1) * EntriesPerBlock;
        }
    }

    /// <summary>One reference to a cluster is gone.</summary>
    /// <param name="offset">The cluster.</param>
    /// <param name="isFree">Whether it was the last one.</param>
    /// <returns>False when the host failed or the count was 0 already.</returns>
    internal bool TryRelease(long offset, out bool isFree)
    {
        isFree = false;
        long cluster = offset >> _clusterBits;
        long block = cluster / EntriesPerBlock;
        if (block >= _table.Length || _table[block] == 0 || _cache.TryGet(_table[block]) is not { } counts)
        {
            return false;
        }

        ulong count = RefcountBlock.Get(counts, cluster % EntriesPerBlock, _order);
        if (count == 0)
        {
            return false;
        }

        RefcountBlock.Set(counts, cluster % EntriesPerBlock, _order, count - 1);
        _cache.MarkDirty(_table[block]);
        isFree = count == 1;
        if (isFree)
        {
            _next = Math.Min(_next, cluster);
        }

        return true;
    }

    // A block for clusters that have none yet is the first of the clusters it counts.
    private bool TryAddBlock(long block)
    {
        long cluster = block * EntriesPerBlock;
        long offset = cluster << _clusterBits;
        if (!_metadata.Add(cluster) || _cache.TryAdd(offset) is not { } counts)
        {
            return false;
        }

        RefcountBlock.Set(counts, 0, _order, 1);

        // The block must be there before the table says so.
        Span<byte> entry = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteInt64BigEndian(entry, offset);
        if (!_file.TryWrite(offset, counts) || !_file.TrySync()
            || !_file.TryWrite(_tableOffset + (block * sizeof(ulong)), entry))
        {
            _metadata.Remove(cluster);
            _cache.Forget(offset);
            return false;
        }

        _table[block] = offset;
        return true;
    }

    // A larger table and the blocks that count it, all behind everything that was ever counted.
    private bool TryGrow(long block)
    {
        long entriesPerCluster = ClusterBytes / sizeof(ulong);
        long wanted = Math.Max(block + 1, _table.Length + (_table.Length / 2));
        long tableClusters = (wanted + entriesPerCluster) / entriesPerCluster;
        long blocks = 1;
        while (blocks * EntriesPerBlock < tableClusters + blocks)
        {
            blocks++;
        }

        if (tableClusters * ClusterBytes > MaxTableBytes || block + blocks > tableClusters * entriesPerCluster)
        {
            return false;
        }

        long first = block * EntriesPerBlock;
        long[] grown = new long[tableClusters * entriesPerCluster];
        _table.CopyTo(grown, 0);
        for (long i = 0; i < blocks; i++)
        {
            grown[block + i] = (first + i) << _clusterBits;
        }

        return TryWriteGrown(grown, block, blocks, tableClusters) && TrySwitch(grown, first + blocks, tableClusters);
    }

    private bool TryWriteGrown(long[] grown, long block, long blocks, long tableClusters)
    {
        long used = blocks + tableClusters;
        byte[] bytes = new byte[ClusterBytes];
        for (long i = 0; i < blocks; i++)
        {
            bytes.AsSpan().Clear();
            for (long j = 0; j < EntriesPerBlock && (i * EntriesPerBlock) + j < used; j++)
            {
                RefcountBlock.Set(bytes, j, _order, 1);
            }

            if (!_file.TryWrite(grown[block + i], bytes))
            {
                return false;
            }
        }

        byte[] table = new byte[grown.Length * sizeof(ulong)];
        for (int i = 0; i < grown.Length; i++)
        {
            BinaryPrimitives.WriteInt64BigEndian(table.AsSpan(i * sizeof(ulong)), grown[i]);
        }

        long tableAt = ((block * EntriesPerBlock) + blocks) << _clusterBits;
        return _file.TryWrite(tableAt, table) && _file.TrySync();
    }

    private bool TrySwitch(long[] grown, long tableCluster, long tableClusters)
    {
        Span<byte> fields = stackalloc byte[12];
        BinaryPrimitives.WriteInt64BigEndian(fields, tableCluster << _clusterBits);
        BinaryPrimitives.WriteUInt32BigEndian(fields[8..], (uint)tableClusters);
        if (!_file.TryWrite(Qcow2Header.TableOffsetAt, fields) || !_file.TrySync())
        {
            return false;
        }

        long oldOffset = _tableOffset;
        int oldClusters = _table.Length * sizeof(ulong) / ClusterBytes;
        for (int i = _table.Length; i < grown.Length; i++)
        {
            if (grown[i] != 0)
            {
                _metadata.Add(grown[i] >> _clusterBits);
            }
        }

        for (long i = 0; i < tableClusters; i++)
        {
            _metadata.Add(tableCluster + i);
        }

        _table = grown;
        _tableOffset = tableCluster << _clusterBits;
        _next = tableCluster + tableClusters;
        for (long i = 0; i < oldClusters; i++)
        {
            _metadata.Remove((oldOffset >> _clusterBits) + i);
            _ = TryRelease(oldOffset + (i << _clusterBits), out _);
        }

        return true;
    }
}
