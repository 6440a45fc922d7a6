using Hull.Linux;
using Hull.Oci.Image;

namespace Hull.Image;

/// <summary>The layout's <c>index.json</c>: read with a cache, replaced whole under a lock.</summary>
internal sealed class ImageIndexFile(ContentStore store)
{
    // A file replaced twice within one tick of the file system's clock may look unchanged; a file older than this cannot.
    private static readonly TimeSpan s_settled = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private byte[] _bytes = [];
    private IReadOnlyList<ImageEntry> _entries = [];
    private DateTimeOffset _written;

    /// <summary>All entries as they are on disk now.</summary>
    internal IReadOnlyList<ImageEntry> Read()
    {
        lock (_gate)
        {
            FileInfo file = new(store.IndexPath);
            if (!file.Exists)
            {
                return [];
            }

            DateTimeOffset written = file.LastWriteTimeUtc;
            if (_bytes.Length > 0 && written == _written && file.Length == _bytes.Length && store.Now - written > s_settled)
            {
                return _entries;
            }

            byte[] bytes = [];
            StoreErrors.Run($"The image index '{store.IndexPath}' cannot be read", () => bytes = File.ReadAllBytes(store.IndexPath));
            if (!bytes.AsSpan().SequenceEqual(_bytes))
            {
                _entries = Parse(bytes);
                _bytes = bytes;
            }

            _written = written;
            return _entries;
        }
    }

    /// <summary>Replaces the entries by what <paramref name="change"/> makes of them; it is on disk when this returns.</summary>
    /// <param name="change">Gets the entries as they are now; returns null to leave them; may throw to refuse.</param>
    internal void Update(Func<IReadOnlyList<ImageEntry>, IReadOnlyList<ImageEntry>?> change)
    {
        using var guard = FileLock.Exclusive(store.IndexLockPath);
        if (change(Read()) is not { } entries)
        {
            return;
        }

        byte[] bytes = ImageDocuments.Write(new ImageIndex
        {
            MediaType = MediaTypes.Index,
            Manifests = [.. entries.Select(entry => entry.Descriptor)],
        });
        StoreErrors.Run($"The image index '{store.IndexPath}' cannot be written", () =>
        {
            store.SyncBlobNames(); // a name on disk must not stand for content whose own name is not
            AtomicFile.Write(store.IndexPath, bytes);
        });
    }

    private List<ImageEntry> Parse(byte[] bytes)
    {
        try
        {
            return [.. ImageDocuments.ReadIndex(bytes, int.MaxValue).Manifests.Select(ToEntry)];
        }
        catch (HullException error)
        {
            throw new HullException(ErrorKind.DataLoss, $"The image index '{store.IndexPath}' is damaged.", error);
        }
    }

    private static ImageEntry ToEntry(Descriptor descriptor)
    {
        return new ImageEntry
        {
            Reference = ImageReference.TryParse(descriptor.Annotation(AnnotationNames.RefName), out ImageReference? reference) ? reference : null,
            Descriptor = descriptor,
            Id = Digest.TryParse(descriptor.Annotation(AnnotationNames.HullConfig), out Digest id) ? id : descriptor.Digest,
            Size = long.TryParse(descriptor.Annotation(AnnotationNames.HullSize), out long size) ? size : descriptor.Size,
            Created = DateTimeOffset.TryParse(
                descriptor.Annotation(AnnotationNames.Created), System.Globalization.CultureInfo.InvariantCulture, out DateTimeOffset created)
                ? created
                : null,
            Source = Digest.TryParse(descriptor.Annotation(AnnotationNames.HullSource), out Digest source) ? source : null,
        };
    }
}
