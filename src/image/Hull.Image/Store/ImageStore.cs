using System.Globalization;
using Hull.Linux;
using Hull.Oci.Image;

namespace Hull.Image;

/// <summary>The images of a content store and their names, kept in the layout's <c>index.json</c>.</summary>
/// <remarks>
/// Any number of threads and processes. A name appears only when every part of its image is in the store; the index is
/// replaced whole under a lock, so readers need none.
/// </remarks>
public sealed class ImageStore
{
    private const int MaxIndexDepth = 4;

    private readonly ImageIndexFile _index;

    /// <summary>Uses the images of a content store.</summary>
    public ImageStore(ContentStore content)
    {
        ArgumentNullException.ThrowIfNull(content);
        Content = content;
        _index = new ImageIndexFile(content);
    }

    /// <summary>The content the images are made of.</summary>
    public ContentStore Content { get; }

    /// <summary>All names and nameless images. Costs one read of the index, whatever the number of images.</summary>
    /// <exception cref="HullException">The index is damaged or cannot be read.</exception>
    public IReadOnlyList<ImageEntry> List() => _index.Read();

    /// <summary>Finds the entries a user means: by name, by digest, or by id or the beginning of one.</summary>
    /// <returns>Every entry of the one image meant, the one with that name first; empty when there is none.</returns>
    /// <exception cref="HullException">The beginning of an id fits several images.</exception>
    public IReadOnlyList<ImageEntry> FindEntries(string nameOrId)
    {
        IReadOnlyList<ImageEntry> entries = List();
        ImageEntry? first = Digest.TryParse(nameOrId, out Digest digest)
            ? entries.FirstOrDefault(entry => IsDigestOf(entry, digest))
            : (ImageReference.TryParse(nameOrId, out ImageReference? reference) ? Named(entries, reference!) : null)
                ?? ByIdPrefix(entries, nameOrId);
        return first is null
            ? []
            : [first, .. entries.Where(entry => entry != first && entry.Descriptor.Digest == first.Descriptor.Digest)];
    }

    /// <summary>Finds and reads an image by name, digest, id or the beginning of an id.</summary>
    /// <param name="nameOrId">What the user typed.</param>
    /// <param name="platform">Which image of an index that another program put in; this host's when null.</param>
    /// <returns>Null when there is none.</returns>
    /// <exception cref="HullException">It is ambiguous or damaged.</exception>
    public LocalImage? Find(string nameOrId, Platform? platform = null) =>
        FindEntries(nameOrId) is [ImageEntry first, ..] ? Load(first, platform) : null;

    /// <summary>Finds and reads the image with a name.</summary>
    /// <returns>Null when there is none.</returns>
    public LocalImage? Find(ImageReference reference, Platform? platform = null)
    {
        ArgumentNullException.ThrowIfNull(reference);
        return Named(List(), reference) is { } entry ? Load(entry, platform) : null;
    }

    /// <summary>Finds and reads an image that must be there.</summary>
    /// <exception cref="HullException">There is none, or it is ambiguous or damaged.</exception>
    public LocalImage Get(string nameOrId, Platform? platform = null) => Find(nameOrId, platform)
        ?? throw NoSuchImage(nameOrId);

    /// <summary>Reads the image an entry stands for.</summary>
    /// <exception cref="HullException">It is damaged, or has no image for the platform.</exception>
    public LocalImage Load(ImageEntry entry, Platform? platform = null)
    {
        ArgumentNullException.ThrowIfNull(entry);
        LocalImage image = Load(entry.Descriptor, platform);
        return image with { Reference = entry.Reference, Source = entry.Source };
    }

    /// <summary>Reads the image behind a manifest, or behind an index the image of a platform.</summary>
    /// <exception cref="HullException">A part is missing or damaged, or there is no image for the platform.</exception>
    public LocalImage Load(Descriptor descriptor, Platform? platform = null)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        Descriptor manifestDescriptor = descriptor;
        byte[] json = Content.ReadAll(descriptor.Digest, ImageDocuments.MaxManifestBytes);
        for (int depth = 0; MediaTypes.IsIndex(ImageDocuments.Sniff(json)); depth++)
        {
            manifestDescriptor = depth < MaxIndexDepth
                ? PlatformSelection.Choose(ImageDocuments.ReadIndex(json), platform ?? Platform.Host, descriptor.Digest.ToString())
                : throw new HullException(ErrorKind.DataLoss, $"The image index '{descriptor.Digest}' is nested too deeply.");
            json = Content.ReadAll(manifestDescriptor.Digest, ImageDocuments.MaxManifestBytes);
        }

        ImageManifest manifest = ImageDocuments.ReadManifest(json);
        ImageConfig config = ImageDocuments.ReadConfig(Content.ReadAll(manifest.Config.Digest, ImageDocuments.MaxConfigBytes));
        return new LocalImage
        {
            ManifestDescriptor = manifestDescriptor with { Size = json.Length, Annotations = null },
            Manifest = manifest,
            Config = config,
            Layers = ImageLayers.Of(manifest, config),
        };
    }

    /// <summary>Gives a name to an image whose parts are all in the store; the image that had it becomes nameless.</summary>
    /// <param name="reference">The name; null registers the image without one.</param>
    /// <param name="manifest">The manifest; size and digest must be right, annotations are replaced.</param>
    /// <param name="source">What a registry answered for the name, when it was pulled.</param>
    /// <exception cref="HullException">A part of the image is missing or damaged, or the store cannot be written.</exception>
    public LocalImage Put(ImageReference? reference, Descriptor manifest, Digest? source = null)
    {
        // Shared with leases, exclusive to collections: no part can vanish between the check and the name.
        using var guard = FileLock.Shared(Content.CollectLockPath);
        LocalImage image = Load(manifest) with { Reference = reference, Source = source };
        foreach (ImageLayer layer in image.Layers)
        {
            if (!Content.TryGetSize(layer.Descriptor.Digest, out long size) || size != layer.Descriptor.Size)
            {
                throw new HullException(
                    ErrorKind.DataLoss, $"The layer '{layer.Descriptor.Digest}' of the image '{image.Id}' is not whole in the image store.");
            }
        }

        ImageEntry added = EntryOf(image);
        _index.Update(entries => IndexEdits.Put(entries, added));
        return image;
    }

    /// <summary>Gives an image one more name.</summary>
    /// <param name="source">Name or id of an image that is here.</param>
    /// <param name="target">The new name, with a tag.</param>
    /// <exception cref="HullException">There is no such image, or the new name carries a digest.</exception>
    public void Tag(string source, ImageReference target)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (target.Digest is not null)
        {
            throw new HullException(ErrorKind.InvalidArgument, $"'{target}' cannot be a new name: a name with a digest is made by pulling.");
        }

        _index.Update(_ =>
        {
            IReadOnlyList<ImageEntry> found = FindEntries(source);
            return found is [ImageEntry first, ..]
                ? IndexEdits.Put(List(), IndexEdits.Renamed(first, target))
                : throw NoSuchImage(source);
        });
    }

    /// <summary>Takes a name away, or all names of an image given by id; without a name left the image is gone.</summary>
    /// <param name="nameOrId">What the user typed.</param>
    /// <param name="force">Whether an id may stand for an image that has names in several repositories.</param>
    /// <exception cref="HullException">There is no such image, or an id has names in several repositories.</exception>
    public ImageRemoval Remove(string nameOrId, bool force = false)
    {
        ImageRemoval? removal = null;
        _index.Update(_ =>
        {
            IReadOnlyList<ImageEntry> found = FindEntries(nameOrId);
            if (found.Count == 0)
            {
                throw NoSuchImage(nameOrId);
            }

            bool byName = ImageReference.TryParse(nameOrId, out ImageReference? reference)
                && Named(found, reference!) is not null;
            (IReadOnlyList<ImageEntry> left, removal) = IndexEdits.Remove(List(), found, byName, force, nameOrId);
            return left;
        });
        return removal!; // Update ran the change or threw
    }

    /// <summary>Takes away images that have no name and that <paramref name="inUse"/> does not claim.</summary>
    /// <param name="all">Whether images with names go as well.</param>
    /// <param name="inUse">Whether a container still needs an image, by id.</param>
    /// <param name="filter">Which entries may go at all; every one when null.</param>
    /// <exception cref="HullException">The store cannot be written.</exception>
    public ImageRemoval Prune(bool all, Func<Digest, bool> inUse, Func<ImageEntry, bool>? filter = null)
    {
        ArgumentNullException.ThrowIfNull(inUse);
        ImageRemoval removal = new([], []);
        _index.Update(entries =>
        {
            (IReadOnlyList<ImageEntry> left, removal) = IndexEdits.Prune(
                entries, entry => (all || entry.Reference is null) && !inUse(entry.Id) && (filter is null || filter(entry)));
            return removal.Deleted.Count + removal.Untagged.Count > 0 ? left : null;
        });
        return removal;
    }

    private static ImageEntry EntryOf(LocalImage image)
    {
        Dictionary<string, string> annotations = new()
        {
            [AnnotationNames.HullConfig] = image.Id.ToString(),
            [AnnotationNames.HullSize] = image.Size.ToString(CultureInfo.InvariantCulture),
        };
        if (image.Config.Created is { } created)
        {
            annotations[AnnotationNames.Created] = created.ToString("O", CultureInfo.InvariantCulture);
        }

        if (image.Source is { } source)
        {
            annotations[AnnotationNames.HullSource] = source.ToString();
        }

        return IndexEdits.Renamed(
            new ImageEntry
            {
                Reference = null,
                Descriptor = image.ManifestDescriptor with { Annotations = annotations },
                Id = image.Id,
                Size = image.Size,
                Created = image.Config.Created,
                Source = image.Source,
            },
            image.Reference);
    }

    private static ImageEntry? Named(IReadOnlyList<ImageEntry> entries, ImageReference reference) =>
        entries.FirstOrDefault(entry => entry.Reference is { } name && (reference.Digest is { } digest
            ? name.Name == reference.Name && IsDigestOf(entry, digest)
            : name.Tagged == reference.Tagged && name.Digest is null));

    private static bool IsDigestOf(ImageEntry entry, Digest digest) =>
        entry.Id == digest || entry.Descriptor.Digest == digest || entry.Source == digest;

    private static ImageEntry? ByIdPrefix(IReadOnlyList<ImageEntry> entries, string text)
    {
        string prefix = text.StartsWith("sha256:", StringComparison.Ordinal) ? text["sha256:".Length..] : text;
        if (prefix.Length == 0 || prefix.AsSpan().ContainsAnyExcept(ReferenceGrammar.LowerHexadecimal))
        {
            return null;
        }

        ImageEntry? found = null;
        foreach (ImageEntry entry in entries)
        {
            if (!entry.Id.Hex.StartsWith(prefix, StringComparison.Ordinal))
            {
                continue;
            }

            if (found is not null && found.Id != entry.Id)
            {
                throw new HullException(ErrorKind.InvalidArgument, $"The image id '{text}' is ambiguous: use more digits.");
            }

            found ??= entry;
        }

        return found;
    }

    private static HullException NoSuchImage(string name) => new(ErrorKind.NotFound, $"No such image: '{name}'.");
}
