using System.Buffers.Binary;
using Hull.Machine.Devices.Virtio;

namespace Hull.Machine.Host.Disks.Qcow2;

/// <summary>A disk in a qcow2 image, with or without a backing disk below it.</summary>
/// <remarks>
/// Source: QEMU's docs/interop/qcow2.txt. Second-level tables and reference counts are cached and written in this order,
/// each step durable before the next: counts and data, second-level tables, first-level table, counts that went down.
/// A kill or a power failure at any point therefore leaves an image without damage, at worst with leaked clusters.
/// Internal snapshots are left alone: what they share is copied before it is written. For one caller at a time.
/// </remarks>
internal sealed partial class Qcow2Disk : IBlockStore, IDisposable
{
    private const ulong Copied = 1ul << 63;
    private const ulong Compressed = 1ul << 62;
    private const ulong ReadsZero = 1;
    private const ulong OffsetMask = 0x00FF_FFFF_FFFF_FE00;
    private const ulong ReservedMask = 0x3F00_0000_0000_01FE;
    private const ulong L1ReservedMask = 0x7F00_0000_0000_01FF;
    private const int CacheBytes = 1 << 20;
    private const int CountCacheBytes = 256 << 10;
    private const int MinCached = 4;
    private const int L1PageBytes = 512;

    private readonly Qcow2Header _header;
    private readonly IDiskFile _file;
    private readonly IBlockStore? _backing;
    private readonly Qcow2Decompressor _decompressor;
    private readonly MetadataCache _tables;
    private readonly MetadataCache _counts;
    private readonly HashSet<long> _metadata = [];
    private readonly HashSet<int> _dirtyL1Pages = [];
    private readonly ulong[] _l1;
    private readonly Refcounts? _refcounts;
    private List<long> _released = [];

    private Qcow2Disk(Qcow2Header header, IDiskFile file, IBlockStore? backing, string name, bool readOnly)
    {
        _header = header;
        _file = file;
        _backing = backing;
        IsReadOnly = readOnly;
        _decompressor = new Qcow2Decompressor(header, file);
        int clusterBytes = header.ClusterBytes;
        _tables = new MetadataCache(file, clusterBytes, Math.Max(MinCached, CacheBytes / clusterBytes)) { MakeClean = TryWriteBack };
        _counts = new MetadataCache(file, clusterBytes, Math.Max(MinCached, CountCacheBytes / clusterBytes)) { MakeClean = TryWriteBack };
        _l1 = ReadL1(name);
        if (!readOnly)
        {
            MarkMetadata(name);
            _refcounts = Refcounts.TryLoad(header, file, _counts, _metadata)
                ?? throw Qcow2Header.Damaged(name, "reference counts in impossible places");
        }
    }

    /// <inheritdoc/>
    public long Size => _header.Size;

    /// <inheritdoc/>
    public bool IsReadOnly { get; }

    private int ClusterBytes => _header.ClusterBytes;

    private int L2Entries => ClusterBytes / sizeof(ulong);

    /// <summary>Opens an image; takes over the file and the backing disk.</summary>
    /// <exception cref="HullException">It is damaged, not supported, or not fit for writing.</exception>
    internal static Qcow2Disk Open(IDiskFile file, IBlockStore? backing, string name, bool readOnly)
    {
        var header = Qcow2Header.Read(file, name);
        if (!readOnly && (header.IsDirty || header.IsCorrupt))
        {
            string state = header.IsCorrupt ? "marked as damaged" : "not closed properly";
            throw new HullException(
                ErrorKind.DataLoss,
                $"The disk '{name}' is {state}; repair it with 'qemu-img check -r all' or open it with 'readonly'.");
        }

        Qcow2Disk disk = new(header, file, backing, name, readOnly);
        if (!readOnly)
        {
            disk.ClearForeignFeatures(name);
        }

        return disk;
    }

    /// <inheritdoc/>
    public bool TryRead(long offset, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            int inside = (int)(offset & (ClusterBytes - 1));
            Span<byte> part = destination[..Math.Min(destination.Length, ClusterBytes - inside)];
            if (!TryFindEntry(offset, out ulong entry) || !TryReadCluster(entry, offset, inside, part))
            {
                return false;
            }

            destination = destination[part.Length..];
            offset += part.Length;
        }

        return true;
    }

    /// <inheritdoc/>
    public bool TryFlush() =>
        IsReadOnly || (TryWriteBack() && _file.TrySync() && TryReleaseClusters());

    /// <inheritdoc/>
    public void Dispose()
    {
        _ = TryFlush() && TryFlush();
        _decompressor.Dispose();
        _file.Dispose();
        (_backing as IDisposable)?.Dispose();
    }

    private ulong[] ReadL1(string name)
    {
        byte[] bytes = new byte[_header.L1Entries * sizeof(ulong)];
        if (!_file.TryRead(_header.L1Offset, bytes))
        {
            throw new HullException(ErrorKind.Unavailable, $"The disk '{name}' cannot be read.");
        }

        ulong[] table = new ulong[_header.L1Entries];
        for (int i = 0; i < table.Length; i++)
        {
            table[i] = BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(i * sizeof(ulong)));
            ulong offset = table[i] & OffsetMask;
            if ((table[i] & L1ReservedMask) != 0 || offset % (ulong)ClusterBytes != 0 || offset > (ulong)_file.Length)
            {
                throw Qcow2Header.Damaged(name, $"an impossible first-level entry (0x{table[i]:x})");
            }
        }

        return table;
    }

    // Data is never written to, nor taken from, a cluster that holds metadata, whatever the tables say.
    private void MarkMetadata(string name)
    {
        _metadata.Add(0);
        MarkRange(_header.L1Offset, (long)_header.L1Entries * sizeof(ulong));
        MarkRange(_header.RefcountTableOffset, (long)_header.RefcountTableClusters * ClusterBytes);
        foreach (ulong entry in _l1)
        {
            long offset = (long)(entry & OffsetMask);
            if (offset != 0 && !_metadata.Add(offset >> _header.ClusterBits))
            {
                throw Qcow2Header.Damaged(name, "a second-level table in another table's place");
            }
        }
    }

    private void MarkRange(long offset, long length)
    {
        for (long at = offset; at < offset + length; at += ClusterBytes)
        {
            _metadata.Add(at >> _header.ClusterBits);
        }
    }

    // Features that a writer who does not know them would break (dirty bitmaps) are declared void, as the format asks.
    private void ClearForeignFeatures(string name)
    {
        if (_header.AutoClear == 0)
        {
            return;
        }

        Span<byte> none = stackalloc byte[sizeof(ulong)];
        none.Clear();
        if (!_file.TryWrite(Qcow2Header.AutoClearAt, none) || !_file.TrySync())
        {
            throw new HullException(ErrorKind.PermissionDenied, $"The disk '{name}' cannot be written.");
        }
    }

    private bool TryFindEntry(long offset, out ulong entry)
    {
        entry = 0;
        long table = (long)(_l1[offset / _header.L2Coverage] & OffsetMask);
        if (table == 0)
        {
            return true;
        }

        if (_tables.TryGet(table) is not { } bytes)
        {
            return false;
        }

        entry = BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(IndexOf(offset) * sizeof(ulong)));
        return IsSound(entry);
    }

    private int IndexOf(long offset) => (int)((offset >> _header.ClusterBits) % L2Entries);

    private bool IsSound(ulong entry)
    {
        if ((entry & Compressed) != 0)
        {
            return (entry & Copied) == 0;
        }

        ulong allowed = _header.Version == 2 ? ReservedMask | ReadsZero : ReservedMask;
        return (entry & allowed) == 0 && (entry & OffsetMask) % (ulong)ClusterBytes == 0;
    }

    private bool TryReadCluster(ulong entry, long offset, int inside, Span<byte> destination)
    {
        if ((entry & Compressed) != 0)
        {
            byte[]? cluster = _decompressor.TryUnpack(entry);
            cluster?.AsSpan(inside, destination.Length).CopyTo(destination);
            return cluster is not null;
        }

        long at = (long)(entry & OffsetMask);
        if ((entry & ReadsZero) != 0)
        {
            destination.Clear();
            return true;
        }

        return at != 0 ? _file.TryRead(at + inside, destination) : TryReadBacking(offset, destination);
    }

    // A backing disk may be smaller: what lies behind its end is zeros.
    private bool TryReadBacking(long offset, Span<byte> destination)
    {
        int there = _backing is null ? 0 : (int)Math.Clamp(_backing.Size - offset, 0, destination.Length);
        destination[there..].Clear();
        return there == 0 || _backing!.TryRead(offset, destination[..there]);
    }
}
