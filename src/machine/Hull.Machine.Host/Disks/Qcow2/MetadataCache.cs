namespace Hull.Machine.Host.Disks.Qcow2;

/// <summary>A bounded number of metadata clusters in memory, written back when their owner says so.</summary>
/// <remarks>
/// The order between kinds of metadata is the owner's: a dirty cluster leaves the cache only through
/// <see cref="TryWriteBack"/>. For one caller at a time.
/// </remarks>
internal sealed class MetadataCache(IDiskFile file, int clusterBytes, int capacity)
{
    private readonly Dictionary<long, Entry> _entries = [];
    private readonly Queue<byte[]> _spare = new();
    private long _clock;

    /// <summary>Whether something waits to be written.</summary>
    internal bool IsDirty { get; private set; }

    /// <summary>Called when room is needed and everything is dirty: writes all metadata in its order.</summary>
    internal required Func<bool> MakeClean { get; init; }

    /// <summary>Finds a cluster, reading it when it is not here.</summary>
    /// <returns>Null when the host failed.</returns>
    internal byte[]? TryGet(long offset)
    {
        if (_entries.TryGetValue(offset, out Entry? entry))
        {
            entry.Used = ++_clock;
            return entry.Bytes;
        }

        byte[]? bytes = TryMakeRoom();
        if (bytes is null || !file.TryRead(offset, bytes))
        {
            return null;
        }

        _entries.Add(offset, new Entry(bytes) { Used = ++_clock });
        return bytes;
    }

    /// <summary>Puts a new cluster of zeros here, dirty.</summary>
    internal byte[]? TryAdd(long offset)
    {
        Forget(offset);
        byte[]? bytes = TryMakeRoom();
        if (bytes is not null)
        {
            bytes.AsSpan().Clear();
            _entries.Add(offset, new Entry(bytes) { Used = ++_clock, IsDirty = true });
            IsDirty = true;
        }

        return bytes;
    }

    /// <summary>The caller changed a cluster that <see cref="TryGet"/> gave it just now.</summary>
    internal void MarkDirty(long offset)
    {
        _entries[offset].IsDirty = true;
        IsDirty = true;
    }

    /// <summary>Drops a cluster that is not metadata any more.</summary>
    internal void Forget(long offset)
    {
        if (_entries.Remove(offset, out Entry? entry))
        {
            _spare.Enqueue(entry.Bytes);
        }
    }

    /// <summary>Writes everything dirty.</summary>
    internal bool TryWriteBack()
    {
        if (!IsDirty)
        {
            return true;
        }

        foreach ((long offset, Entry entry) in _entries)
        {
            if (entry.IsDirty)
            {
                if (!file.TryWrite(offset, entry.Bytes))
                {
                    return false;
                }

                entry.IsDirty = false;
            }
        }

        IsDirty = false;
        return true;
    }

    private byte[]? TryMakeRoom()
    {
        if (_entries.Count < capacity)
        {
            return _spare.TryDequeue(out byte[]? spare) ? spare : new byte[clusterBytes];
        }

        long victim = Oldest(clean: true);
        if (victim < 0)
        {
            if (!MakeClean())
            {
                return null;
            }

            victim = Oldest(clean: true);
        }

        // Making clean may itself have used the cache; there is a clean cluster now or the host failed.
        if (victim < 0 || !_entries.Remove(victim, out Entry? entry))
        {
            return null;
        }

        return entry.Bytes;
    }

    private long Oldest(bool clean)
    {
        long oldest = -1;
        long used = long.MaxValue;
        foreach ((long offset, Entry entry) in _entries)
        {
            if (entry.IsDirty != clean && entry.Used < used)
            {
                (oldest, used) = (offset, entry.Used);
            }
        }

        return oldest;
    }

    private sealed class Entry(byte[] bytes)
    {
        internal byte[] Bytes { get; } = bytes;

        internal long Used { get; set; }

        internal bool IsDirty { get; set; }
    }
}
