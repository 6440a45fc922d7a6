using System.Text;
using Hull.Image;
using Hull.Oci.Image;
using Hull.Snapshot.Compression;
using Hull.Snapshot.Layers;
using Hull.Snapshot.Packing;
using Hull.Snapshot.Tar;

namespace Hull.Snapshot.Archiving;

/// <summary>Takes images from an archive: an OCI layout, what <c>docker save</c> writes, old or new, or both at once.</summary>
/// <remarks>
/// One pass, so that a pipe will do. Everything named by a digest is checked against it; the rest is hashed. What no image
/// of the archive needs is left to the next garbage collection.
/// </remarks>
public sealed class ImageLoader
{
    private const int MaxJsonBytes = 8 * 1024 * 1024;
    private const int MaxLinkHops = 4;

    private static readonly TarLimits s_limits = new() { MaxEntries = 200_000 };

    private readonly ImageStore _images;
    private readonly ContentLease _lease;
    private readonly Dictionary<string, Digest> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _links = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]> _documents = new(StringComparer.Ordinal);

    private ImageLoader(ImageStore images, ContentLease lease)
    {
        _images = images;
        _lease = lease;
    }

    /// <summary>Loads every image of an archive.</summary>
    /// <param name="images">Where to.</param>
    /// <param name="source">The archive, plain or compressed with gzip or zstd; read to its end.</param>
    /// <param name="cancellation">Stops between two parts.</param>
    /// <returns>One entry for each name, and one for each image without a name.</returns>
    /// <exception cref="HullException">It is no image archive, is damaged, or the store cannot be written.</exception>
    public static IReadOnlyList<LocalImage> Load(ImageStore images, Stream source, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(images);
        using ContentLease lease = images.Content.Lease();
        ImageLoader loader = new(images, lease);
        loader.ReadArchive(source, cancellation);
        return loader.Register();
    }

    private void ReadArchive(Stream source, CancellationToken cancellation)
    {
        // Not disposed: the source is the caller's.
        using TarReader reader = new(Decompression.Open(source, out _), s_limits, leaveOpen: true);
        ArchivePath path = new();
        while (reader.MoveNext())
        {
            cancellation.ThrowIfCancellationRequested();
            path.Set(reader.Current.Path);
            string name = Encoding.UTF8.GetString(path.Whole);
            switch (reader.Current.Type)
            {
                case TarEntryType.File:
                    ReadFile(reader, name);
                    break;
                case TarEntryType.SymbolicLink:
                    // Old Docker archives name a layer that two images share by a link beside it.
                    path.Set([.. path.Parent, (byte)'/', .. reader.Current.LinkTarget]);
                    _links[name] = Encoding.UTF8.GetString(path.Whole);
                    break;
                case TarEntryType.HardLink:
                    path.Set(reader.Current.LinkTarget);
                    _links[name] = Encoding.UTF8.GetString(path.Whole);
                    break;
            }
        }
    }

    private void ReadFile(TarReader reader, string name)
    {
        if (name is "index.json" or "manifest.json" or "oci-layout" or "repositories")
        {
            _documents[name] = ReadDocument(reader, name);
            return;
        }

        Digest? expected = DigestOf(name);
        if (expected is Digest known && _images.Content.Contains(known))
        {
            _files[name] = known;
            _lease.Protect(known);
            return;
        }

        using BlobWriter blob = _images.Content.BeginIngest();
        ReadOnlySpan<byte> part;
        while (!(part = reader.ReadBody()).IsEmpty)
        {
            blob.Write(part);
        }

        Digest digest = blob.Commit(expected);
        _lease.Protect(digest);
        _files[name] = digest;
    }

    private static byte[] ReadDocument(TarReader reader, string name)
    {
        if (reader.Current.Size > MaxJsonBytes)
        {
            throw new HullException(ErrorKind.ResourceExhausted, $"The archive's '{name}' is larger than {MaxJsonBytes} bytes.");
        }

        MemoryStream content = new();
        ReadOnlySpan<byte> part;
        while (!(part = reader.ReadBody()).IsEmpty)
        {
            content.Write(part);
        }

        return content.ToArray();
    }

    private static Digest? DigestOf(string name)
    {
        string[] parts = name.Split('/');
        return parts is ["blobs", "sha256", string hex] && Digest.TryParse($"sha256:{hex}", out Digest digest) ? digest : null;
    }

    private List<LocalImage> Register()
    {
        IReadOnlyList<DockerArchiveEntry> docker = _documents.TryGetValue("manifest.json", out byte[]? manifest)
            ? DockerArchiveEntry.Read(manifest)
            : [];
        if (_documents.TryGetValue("index.json", out byte[]? index))
        {
            return RegisterLayout(ImageDocuments.ReadIndex(index), docker);
        }

        if (docker.Count == 0)
        {
            throw new HullException(
                ErrorKind.InvalidArgument, "This is no image archive: it has neither 'index.json' nor 'manifest.json'. A root file system is taken in with import.");
        }

        List<LocalImage> loaded = [];
        foreach (DockerArchiveEntry entry in docker)
        {
            LocalImage image = Assemble(entry);
            loaded.AddRange(Name(image, entry.RepoTags.Select(ImageReference.Parse)));
        }

        return loaded;
    }

    private List<LocalImage> RegisterLayout(ImageIndex index, IReadOnlyList<DockerArchiveEntry> docker)
    {
        List<LocalImage> loaded = [];
        foreach (Descriptor descriptor in index.Manifests)
        {
            if (!MediaTypes.IsManifest(descriptor.MediaType) && !MediaTypes.IsIndex(descriptor.MediaType))
            {
                // Layouts may carry signatures and other artifacts beside images.
                continue;
            }

            LocalImage image = _images.Load(descriptor with { Annotations = null });
            IEnumerable<ImageReference> names = docker
                .Where(entry => Find(entry.Config) == image.Id)
                .SelectMany(entry => entry.RepoTags)
                .Append(descriptor.Annotation(AnnotationNames.ContainerdImageName))
                .Append(FullName(descriptor.Annotation(AnnotationNames.RefName)))
                .Select(name => ImageReference.TryParse(name, out ImageReference? reference) ? reference : null)
                .OfType<ImageReference>();
            loaded.AddRange(Name(image, names));
        }

        return loaded.Count > 0
            ? loaded
            : throw new HullException(ErrorKind.InvalidArgument, "The archive's 'index.json' names no image.");
    }

    // A bare tag in a layout names no image; skopeo writes whole names there, which have a slash or a colon.
    private static string? FullName(string? refName) => refName is not null && refName.AsSpan().ContainsAny('/', ':') ? refName : null;

    private List<LocalImage> Name(LocalImage image, IEnumerable<ImageReference> names)
    {
        List<LocalImage> named = [];
        Descriptor manifest = image.ManifestDescriptor with { Annotations = null };
        foreach (ImageReference name in names.Distinct())
        {
            named.Add(_images.Put(name, manifest));
        }

        return named.Count > 0 ? named : [_images.Put(null, manifest)];
    }

    private LocalImage Assemble(DockerArchiveEntry entry)
    {
        Digest configDigest = Find(entry.Config)
            ?? throw new HullException(ErrorKind.DataLoss, $"The archive lacks the configuration '{entry.Config}' of an image.");
        ImageConfig config = ImageDocuments.ReadConfig(_images.Content.ReadAll(configDigest, ImageDocuments.MaxConfigBytes));
        if (config.RootFs.DiffIds.Count != entry.Layers.Count)
        {
            throw new HullException(
                ErrorKind.DataLoss,
                $"The image '{configDigest}' has {entry.Layers.Count} layers in the archive and {config.RootFs.DiffIds.Count} in its configuration.");
        }

        _images.Content.TryGetSize(configDigest, out long configSize);
        byte[] manifest = ImageDocuments.Write(new ImageManifest
        {
            MediaType = MediaTypes.Manifest,
            Config = new Descriptor { MediaType = MediaTypes.Config, Digest = configDigest, Size = configSize },
            Layers = [.. entry.Layers.Select(LayerOf)],
        });
        _lease.Protect(Digest.OfSha256(manifest));
        Digest digest = _images.Content.Add(manifest);
        return _images.Load(new Descriptor { MediaType = MediaTypes.Manifest, Digest = digest, Size = manifest.Length });
    }

    private Descriptor LayerOf(string path)
    {
        Digest digest = Find(path)
            ?? throw new HullException(ErrorKind.DataLoss, $"The archive lacks the layer '{path}' of an image.");
        byte[] start = new byte[6];
        using FileStream content = _images.Content.Open(digest);
        int length = content.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        return new Descriptor
        {
            MediaType = LayerPacker.MediaTypeOf(Decompression.KindOf(start.AsSpan(0, length))),
            Digest = digest,
            Size = content.Length,
        };
    }

    private Digest? Find(string path)
    {
        ArchivePath clean = new();
        clean.Set(Encoding.UTF8.GetBytes(path));
        string name = Encoding.UTF8.GetString(clean.Whole);
        for (int hops = 0; hops < MaxLinkHops && _links.TryGetValue(name, out string? target); hops++)
        {
            name = target;
        }

        return _files.TryGetValue(name, out Digest digest) ? digest : null;
    }
}
