using Hull.Image;
using Hull.Oci.Image;
using Hull.Snapshot;
using Hull.Snapshot.Archiving;

namespace Hull.Engine.Images;

/// <summary>Images of the local store.</summary>
public sealed partial class ImageService
{
    private readonly EngineOptions _options;
    private readonly Lazy<ImageStore> _store;

    internal ImageService(EngineOptions options)
    {
        _options = options;
        Roots = new RootService(options);
        _store = new Lazy<ImageStore>(() => new ImageStore(new ContentStore(options.Paths.Content, options.Clock)));
    }

    /// <summary>The store itself.</summary>
    public ImageStore Store => _store.Value;

    /// <summary>Where the roots of this store's images come from.</summary>
    internal RootService Roots { get; }

    /// <summary>Finds an image.</summary>
    /// <exception cref="HullException">There is none.</exception>
    public LocalImage Get(string name, string? platform) => Find(name, platform)
        ?? throw new HullException(ErrorKind.NotFound, $"There is no image '{name}' here: pull, import or bootstrap it first.");

    /// <summary>Bytes of an image's files as containers see them; of layers that are not unpacked yet, packed.</summary>
    public long SizeOf(ImageEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        try
        {
            LocalImage image = Store.Load(entry);
            IReadOnlyDictionary<Digest, long> sizes = LayerSizesOf(image);
            return image.Layers.Sum(layer => sizes[layer.DiffId]);
        }
        catch (HullException)
        {
            // Damaged, or of another platform alone.
            return entry.Size;
        }
    }

    /// <summary>Bytes of all unpacked layers, each once.</summary>
    public long UnpackedBytes() => Roots.Snapshots.Usage().LayerBytes;

    /// <summary>What <c>image prune -a</c> would give back of unpacked layers and of packed content.</summary>
    /// <param name="used">The images that containers use. A layer they share with others stays.</param>
    /// <exception cref="HullException">The stores cannot be read.</exception>
    public (long Unpacked, long Packed) ReclaimableBytes(IReadOnlyList<ImageEntry> used) =>
        (Roots.Snapshots.PrunableBytes(used.Select(TryChainOf).OfType<Digest>()),
            Store.Content.CollectableBytes(used.Select(entry => entry.Descriptor.Digest)));

    /// <summary>Tells in which files two images differ.</summary>
    /// <exception cref="HullException">One is missing or damaged.</exception>
    public IReadOnlyList<FileChange> Compare(string before, string after, CancellationToken cancellation) =>
        ImageComparison.Compare(Store.Content, Get(before, null), Get(after, null), cancellation);

    /// <summary>Unpacks what of an image's layers is not unpacked yet.</summary>
    /// <returns>The chain id of the whole stack; null for an image without layers.</returns>
    /// <exception cref="HullException">A layer is damaged, or the disk is full; nothing of it stays.</exception>
    internal async Task<Digest?> UnpackAsync(LocalImage image, string name, CancellationToken cancellation)
    {
        try
        {
            return await Roots.UnpackAsync(image, Store.Content, cancellation);
        }
        catch (HullException error) when (IsFullDisk(error))
        {
            throw new HullException(
                ErrorKind.ResourceExhausted,
                $"The image '{name}' cannot be unpacked: the disk of '{_options.Paths.Root}' is full; free some space and try again.",
                error);
        }
    }

    /// <summary>The ids of an image and of every image here that begins with all its layers; none when there is no such image.</summary>
    /// <exception cref="HullException">The name is ambiguous.</exception>
    public IReadOnlySet<string> DescendantsOf(string nameOrId)
    {
        HashSet<string> ids = new(StringComparer.Ordinal);
        if (Store.FindEntries(nameOrId) is not [ImageEntry first, ..])
        {
            return ids;
        }

        ids.Add(first.Id.ToString());
        if (TryLayersOf(first) is { Length: > 0 } layers)
        {
            ids.UnionWith(Store.List().Where(entry => TryLayersOf(entry).AsSpan().StartsWith(layers)).Select(entry => entry.Id.ToString()));
        }

        return ids;
    }

    /// <summary>Bytes of each layer's files, by the digest of its archive; packed where it is not unpacked yet.</summary>
    public IReadOnlyDictionary<Digest, long> LayerSizesOf(LocalImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        Digest[] chain = ChainId.AllOf(image.Layers);
        Dictionary<Digest, long> sizes = [];
        for (int i = 0; i < chain.Length; i++)
        {
            sizes[image.Layers[i].DiffId] = Roots.Snapshots.TryLayerBytes(chain[i]) ?? image.Layers[i].Descriptor.Size;
        }

        return sizes;
    }

    private Digest[]? TryLayersOf(ImageEntry entry)
    {
        try
        {
            return [.. Store.Load(entry).Layers.Select(layer => layer.DiffId)];
        }
        catch (HullException)
        {
            // Damaged, or of another platform alone: nothing can be said of it.
            return null;
        }
    }

    /// <summary>Finds an image.</summary>
    /// <returns>Null when there is none.</returns>
    public LocalImage? Find(string name, string? platform) =>
        Store.Find(name, platform is null ? null : Platform.Parse(platform));

    // A damaged image, or one of another platform alone, has no stack that could be looked up.
    private Digest? TryChainOf(ImageEntry entry)
    {
        try
        {
            return ChainId.Of(Store.Load(entry));
        }
        catch (HullException)
        {
            return null;
        }
    }
}
