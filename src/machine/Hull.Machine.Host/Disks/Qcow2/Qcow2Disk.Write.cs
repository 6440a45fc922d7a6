using System.Buffers.Binary;

namespace Hull.Machine.Host.Disks.Qcow2;

internal sealed partial class Qcow2Disk
{
    private const int MaxReleased = 8192;

    private byte[]? _copy;

    /// <inheritdoc/>
    public bool TryWrite(long offset, ReadOnlySpan<byte> source)
    {
        if (IsReadOnly)
        {
            return false;
        }

        while (!source.IsEmpty)
        {
            int inside = (int)(offset & (ClusterBytes - 1));
            ReadOnlySpan<byte> part = source[..Math.Min(source.Length, ClusterBytes - inside)];
            if (!TryWriteCluster(offset, inside, part))
            {
                return false;
            }

            source = source[part.Length..];
            offset += part.Length;
        }

        return true;
    }

    /// <inheritdoc/>
    public bool TryDiscard(long offset, long length, bool mustBeZero)
    {
        if (IsReadOnly)
        {
            return false;
        }

        long end = offset + length;
        while (offset < end)
        {
            int inside = (int)(offset & (ClusterBytes - 1));
            int part = (int)Math.Min(end - offset, ClusterBytes - inside);
            bool isWhole = part == ClusterBytes || (inside == 0 && offset + part == Size);
            bool done = isWhole
                ? TryDiscardCluster(offset, mustBeZero)
                : !mustBeZero || TryZeroPart(offset, inside, part);
            if (!done)
            {
                return false;
            }

            offset += part;
        }

        return true;
    }

    private bool TryWriteCluster(long offset, int inside, ReadOnlySpan<byte> part)
    {
        if (!TryFindEntry(offset, out ulong entry))
        {
            return false;
        }

        long at = (long)(entry & OffsetMask);
        bool isOwn = (entry & (Copied | Compressed)) == Copied && at != 0;
        if (isOwn && (entry & ReadsZero) == 0)
        {
            return !_metadata.Contains(at >> _header.ClusterBits) && _file.TryWrite(at + inside, part);
        }

        if (!TryOwnTable(offset, out _) || !_refcounts!.TryAllocate(out long fresh))
        {
            return false;
        }

        if (!TryFill(fresh, entry, offset, inside, part))
        {
            _ = _refcounts.TryRelease(fresh, out _);
            return false;
        }

        return TrySetEntry(offset, (ulong)fresh | Copied, entry);
    }

    // A new cluster begins as what the guest saw there. Behind the file's end zeros need not be written.
    private bool TryFill(long fresh, ulong entry, long offset, int inside, ReadOnlySpan<byte> part)
    {
        bool wasZero = (entry & Compressed) == 0
            && ((entry & ReadsZero) != 0 || ((entry & OffsetMask) == 0 && _backing is null));
        if (part.Length == ClusterBytes || (wasZero && fresh >= _file.Length))
        {
            return _file.TryWrite(fresh + inside, part);
        }

        _copy ??= new byte[ClusterBytes];
        if (!TryReadCluster(entry, offset - inside, 0, _copy))
        {
            return false;
        }

        part.CopyTo(_copy.AsSpan(inside));
        return _file.TryWrite(fresh, _copy);
    }

    private bool TryDiscardCluster(long offset, bool mustBeZero)
    {
        if (!TryFindEntry(offset, out ulong entry))
        {
            return false;
        }

        bool hasZeroBit = _header.Version >= 3;
        if (entry == 0 && (!mustBeZero || _backing is null))
        {
            return true;
        }

        if (_backing is not null && !hasZeroBit)
        {
            return !mustBeZero || TryZeroPart(offset, 0, (int)Math.Min(ClusterBytes, Size - offset));
        }

        // Zero, not "not here": a discarded cluster must not show what the backing disk has there.
        ulong zero = _backing is null ? 0 : ReadsZero;
        return entry == zero || (TryOwnTable(offset, out _) && TrySetEntry(offset, zero, entry));
    }

    private bool TryZeroPart(long offset, int inside, int length)
    {
        if (!TryFindEntry(offset, out ulong entry))
        {
            return false;
        }

        bool isZero = (entry & Compressed) == 0
            && ((entry & ReadsZero) != 0 || ((entry & OffsetMask) == 0 && _backing is null));
        return isZero || TryWriteCluster(offset, inside, new byte[length]);
    }

    // The second-level table for an offset, made when there is none, copied when a snapshot shares it.
    private bool TryOwnTable(long offset, out long table)
    {
        int index = (int)(offset / _header.L2Coverage);
        ulong entry = _l1[index];
        table = (long)(entry & OffsetMask);
        if (table != 0 && (entry & Copied) != 0)
        {
            return true;
        }

        byte[]? old = table == 0 ? null : _tables.TryGet(table)?.AsSpan().ToArray();
        if ((table != 0 && old is null) || !_refcounts!.TryAllocate(out long fresh))
        {
            return false;
        }

        if (_tables.TryAdd(fresh) is not { } bytes)
        {
            _ = _refcounts.TryRelease(fresh, out _);
            return false;
        }

        old?.CopyTo(bytes, 0);
        _metadata.Add(fresh >> _header.ClusterBits);
        if (table != 0)
        {
            // Clusters stay shared with the snapshot; their entries have no mark of sole use, so they are copied in turn.
            _metadata.Remove(table >> _header.ClusterBits);
            _released.Add(table);
        }

        _l1[index] = (ulong)fresh | Copied;
        _dirtyL1Pages.Add(index * sizeof(ulong) / L1PageBytes);
        table = fresh;
        return true;
    }

    private bool TrySetEntry(long offset, ulong entry, ulong old)
    {
        long table = (long)(_l1[offset / _header.L2Coverage] & OffsetMask);
        if (_tables.TryGet(table) is not { } bytes)
        {
            return false;
        }

        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(IndexOf(offset) * sizeof(ulong)), entry);
        _tables.MarkDirty(table);
        if ((old & Compressed) != 0)
        {
            (long at, int length) = Qcow2Decompressor.Locate(old, _header.ClusterBits);
            long last = (at + length - 1) >> _header.ClusterBits;
            for (long cluster = at >> _header.ClusterBits; cluster <= last; cluster++)
            {
                _released.Add(cluster << _header.ClusterBits);
            }
        }
        else if ((old & OffsetMask) != 0)
        {
            _released.Add((long)(old & OffsetMask));
        }

        // A guest that discards everything and never flushes must not fill this process's memory.
        return _released.Count < MaxReleased || TryFlush();
    }

    private bool TryWriteBack()
    {
        if (!_counts.IsDirty && !_tables.IsDirty && _dirtyL1Pages.Count == 0)
        {
            return true;
        }

        if (!_counts.TryWriteBack())
        {
            return false;
        }

        if (!_tables.IsDirty && _dirtyL1Pages.Count == 0)
        {
            return true;
        }

        return _file.TrySync() && _tables.TryWriteBack() && TryWriteL1();
    }

    private bool TryWriteL1()
    {
        if (_dirtyL1Pages.Count == 0)
        {
            return true;
        }

        if (!_file.TrySync())
        {
            return false;
        }

        byte[] page = new byte[L1PageBytes];
        foreach (int number in _dirtyL1Pages)
        {
            int first = number * L1PageBytes / sizeof(ulong);
            int count = Math.Min(L1PageBytes / sizeof(ulong), _l1.Length - first);
            for (int i = 0; i < count; i++)
            {
                BinaryPrimitives.WriteUInt64BigEndian(page.AsSpan(i * sizeof(ulong)), _l1[first + i]);
            }

            if (!_file.TryWrite(_header.L1Offset + (first * sizeof(ulong)), page.AsSpan(0, count * sizeof(ulong))))
            {
                return false;
            }
        }

        _dirtyL1Pages.Clear();
        return true;
    }

    // Only now does nothing durable point to them. Counts that are already wrong are left to qemu-img check.
    private bool TryReleaseClusters()
    {
        List<long> released = _released;
        _released = [];
        foreach (long offset in released)
        {
            if (_refcounts!.TryRelease(offset, out bool isFree) && isFree
                && !_metadata.Contains(offset >> _header.ClusterBits))
            {
                _tables.Forget(offset);
                _ = _file.TryPunch(offset, ClusterBytes);
            }
        }

        // Not synced: losing these only leaks clusters.
        return _counts.TryWriteBack();
    }
}
