using Hull.Linux;

namespace Hull.Snapshot;

public sealed partial class Snapshots
{
    /// <summary>Counts layers and roots; reads the record of every layer.</summary>
    public SnapshotUsage Usage()
    {
        int layers = 0;
        long bytes = 0;
        foreach (string directory in Directory.EnumerateDirectories(_layers))
        {
            layers++;
            bytes += BytesOf(Path.GetFileName(directory));
        }

        return new SnapshotUsage(layers, bytes, Directory.EnumerateDirectories(_containers).Count());
    }

    /// <summary>Bytes of the files in a stack's layers together; null when it is not unpacked.</summary>
    public long? SizeOf(Digest chainId)
    {
        try
        {
            return Contains(chainId) ? ChainOf(chainId).Sum(id => BytesOf(id.Hex)) : null;
        }
        catch (Exception error) when (error is FileNotFoundException or HullException)
        {
            return null;
        }
    }

    /// <summary>Bytes of the files in the topmost layer of a stack; null when it is not unpacked.</summary>
    public long? TryLayerBytes(Digest chainId) => Contains(chainId) ? BytesOf(chainId.Hex) : null;

    /// <summary>Bytes that <see cref="Prune"/> would give back, as far as can be told without stopping others.</summary>
    /// <param name="roots">Chain ids of the images to keep.</param>
    /// <exception cref="HullException">A container's record is damaged.</exception>
    public long PrunableBytes(IEnumerable<Digest> roots)
    {
        ArgumentNullException.ThrowIfNull(roots);
        HashSet<string> kept = LayerLease.ReadAll(_leases);
        AddNeeded(kept, roots);
        return Directory.EnumerateDirectories(_layers).Select(directory => Path.GetFileName(directory))
            .Where(hex => !kept.Contains(hex)).Sum(BytesOf);
    }

    /// <summary>The containers that have a root here, in no order; those with names too long for a file name are left out.</summary>
    public IReadOnlyList<ContainerId> Containers()
    {
        List<ContainerId> keys = [];
        foreach (string directory in Directory.EnumerateDirectories(_containers))
        {
            if (ContainerId.TryParse(Path.GetFileName(directory), out ContainerId key))
            {
                keys.Add(key);
            }
        }

        return keys;
    }

    /// <summary>Removes layers that neither a container here nor one of the given stacks needs, and what the killed left behind.</summary>
    /// <remarks>Waits while a root is being made or removed, but not for transfers and unpacking: what those need stays.</remarks>
    /// <param name="roots">Chain ids of the images to keep.</param>
    /// <exception cref="HullException">Something cannot be removed.</exception>
    public SnapshotPruning Prune(IEnumerable<Digest> roots)
    {
        ArgumentNullException.ThrowIfNull(roots);
        using FileLock alone = FileLock.Exclusive(UseLock);
        (HashSet<string> kept, HashSet<string> owners) = LayerLease.ReadLiving(_leases);
        AddNeeded(kept, roots);
        List<Digest> removed = [];
        long bytes = 0;
        foreach (string directory in Directory.GetDirectories(_layers))
        {
            string hex = Path.GetFileName(directory);
            if (kept.Contains(hex) || !Digest.TryParse("sha256:" + hex, out Digest id))
            {
                continue;
            }

            bytes += BytesOf(hex);
            Check(RenameNew(directory, NewStagingPath()), directory);
            File.Delete(ChainPath(id));
            removed.Add(id);
        }

        Sweep(owners);
        return new SnapshotPruning(removed, bytes);
    }

    /// <summary>Removes what killed processes left behind, unless a root is being made or removed right now.</summary>
    /// <returns>Whether it was done.</returns>
    public bool TrySweep()
    {
        using FileLock? alone = FileLock.TryExclusive(UseLock);
        if (alone is not null)
        {
            Sweep(LayerLease.ReadLiving(_leases).Owners);
        }

        return alone is not null;
    }

    // The layers of the given stacks and of all containers.
    private void AddNeeded(HashSet<string> kept, IEnumerable<Digest> roots)
    {
        foreach (Digest root in roots)
        {
            if (Contains(root))
            {
                kept.UnionWith(ChainOf(root).Select(id => id.Hex));
            }
        }

        foreach (string directory in Directory.EnumerateDirectories(_containers))
        {
            try
            {
                kept.UnionWith(ReadContainerChain(directory).Select(id => id.Hex));
            }
            catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException && !Directory.Exists(directory))
            {
                // It was removed meanwhile; a container's directory is renamed into its place with its record in it.
            }
        }
    }

    private void Sweep(HashSet<string> owners)
    {
        foreach (string entry in Directory.GetFileSystemEntries(_staging))
        {
            if (!owners.Contains(LayerLease.OwnerOf(entry)))
            {
                RemoveDirectory(entry);
            }
        }

        // A record is written before its layer's rename: without the layer it is a leftover.
        foreach (string record in Directory.GetFiles(_chains))
        {
            if (!Directory.Exists(Path.Combine(_layers, Path.GetFileName(record))))
            {
                File.Delete(record);
            }
        }

        // A disk goes with its layer.
        foreach (string disk in Directory.Exists(BlocksDirectory) ? Directory.GetFiles(BlocksDirectory) : [])
        {
            if (!Directory.Exists(Path.Combine(_layers, Path.GetFileNameWithoutExtension(disk))))
            {
                File.Delete(disk);
            }
        }
    }

    private long BytesOf(string hex)
    {
        try
        {
            return ChainRecord.Read(Path.Combine(_chains, hex)).Bytes;
        }
        catch (Exception error) when (error is FileNotFoundException or HullException)
        {
            return 0;
        }
    }
}
