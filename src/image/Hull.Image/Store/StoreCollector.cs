using Hull.Linux;
using Hull.Oci.Image;

namespace Hull.Image;

/// <summary>Takes away content that nothing names: mark what roots reach, then sweep the rest.</summary>
/// <remarks>
/// Runs under an exclusive lock that leases take shared for a moment, so a lease is either seen here or finds content
/// already gone. A collection that is killed has deleted only what was garbage; the next one goes on.
/// </remarks>
internal sealed class StoreCollector(ContentStore store, CollectOptions options)
{
    private readonly HashSet<Digest> _marked = [];
    private readonly List<Digest> _deleted = [];
    private long _bytes;
    private int _abandoned;

    internal CollectResult Run(IEnumerable<Digest> roots)
    {
        using var guard = FileLock.Exclusive(store.CollectLockPath);
        foreach (Descriptor descriptor in ImageDocuments.ReadIndex(File.ReadAllBytes(store.IndexPath), int.MaxValue).Manifests)
        {
            Mark(descriptor.Digest);
        }

        foreach (Digest root in roots)
        {
            Mark(root);
        }

        MarkLeased();
        SweepBlobs();
        SweepIngest();
        SweepStaged();
        return new CollectResult(_deleted, _bytes, _abandoned);
    }

    // Without the lock: nothing is deleted, and leases of the dead count as those of the living.
    internal long CountUnreached(IEnumerable<Digest> roots)
    {
        foreach (Digest root in roots.Concat(Directory.EnumerateFiles(store.LeaseDirectory).SelectMany(ReadLease)))
        {
            Mark(root);
        }

        return store.List().Where(digest => !_marked.Contains(digest)).Sum(digest => store.TryGetSize(digest, out long bytes) ? bytes : 0);
    }

    // A stack of our own, and each digest once: a loop of indexes ends, however deep.
    private void Mark(Digest root)
    {
        Stack<Digest> open = [];
        open.Push(root);
        while (open.TryPop(out Digest digest))
        {
            if (!_marked.Add(digest))
            {
                continue;
            }

            foreach (Digest child in ImageWalk.Children(store, digest))
            {
                open.Push(child);
            }
        }
    }

    private void MarkLeased()
    {
        foreach (string path in Directory.EnumerateFiles(store.LeaseDirectory))
        {
            try
            {
                using (var holder = FileLock.TryExclusive(path))
                {
                    if (holder is not null)
                    {
                        File.Delete(path); // its process is gone
                        continue;
                    }
                }

                foreach (Digest digest in ReadLease(path))
                {
                    Mark(digest);
                }
            }
            catch (IOException) when (!File.Exists(path))
            {
                // Its holder ended it meanwhile.
            }
        }
    }

    private static List<Digest> ReadLease(string path)
    {
        List<Digest> digests = [];
        try
        {
            foreach (string line in File.ReadLines(path))
            {
                if (Digest.TryParse(line, out Digest digest))
                {
                    digests.Add(digest);
                }
            }
        }
        catch (FileNotFoundException)
        {
            // Its holder ended it meanwhile.
        }

        return digests;
    }

    private void SweepBlobs()
    {
        DateTimeOffset limit = store.Now - options.BlobGrace;
        foreach (Digest digest in store.List())
        {
            FileInfo file = new(store.PathOf(digest));
            if (_marked.Contains(digest) || !file.Exists || (options.BlobGrace > TimeSpan.Zero && file.LastWriteTimeUtc > limit))
            {
                continue;
            }

            _bytes += file.Length;
            store.Delete(digest);
            _deleted.Add(digest);
        }
    }

    // Half-written replacements of the index; whoever holds its lock is alone, so all of them are from the dead.
    private void SweepStaged()
    {
        using var guard = FileLock.Exclusive(store.IndexLockPath);
        foreach (string path in Directory.EnumerateFiles(store.Root, ".*"))
        {
            File.Delete(path);
        }
    }

    private void SweepIngest()
    {
        DateTimeOffset limit = store.Now - options.PartialGrace;
        foreach (string path in Directory.EnumerateFiles(store.IngestDirectory))
        {
            FileInfo file = new(path);
            bool resumable = !file.Name.StartsWith("new-", StringComparison.Ordinal);
            if (!file.Exists || (resumable && options.PartialGrace > TimeSpan.Zero && file.LastWriteTimeUtc > limit))
            {
                continue;
            }

            try
            {
                using FileStream open = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
                if (FileLock.TryLock(open.SafeFileHandle, path))
                {
                    _bytes += open.Length;
                    _abandoned++;
                    File.Delete(path);
                }
            }
            catch (FileNotFoundException)
            {
                // It was committed or dropped meanwhile.
            }
        }
    }
}
