using System.Text.Json;
using Hull.Linux;
using Hull.Oci.Image;

namespace Hull.Image;

/// <summary>Content named by its digest, in a directory that is an OCI image layout other programs can read.</summary>
/// <remarks>
/// <para>Source: OCI image specification 1.1, image-layout.md. Files beside the layout: <c>ingest/</c> (transfers under
/// way), <c>leases/</c> (what running processes need), <c>locks/</c>.</para>
/// <para>Any number of threads and processes may use one store. A process may be killed anywhere: content appears under
/// its digest by a rename, only when every byte was checked and is on disk.</para>
/// </remarks>
public sealed class ContentStore
{
    internal const string IngestName = "ingest";
    internal const string LeasesName = "leases";
    internal const string IndexName = "index.json";

    private readonly string _blobs;
    private readonly TimeProvider _clock;

    /// <summary>Opens the store in a directory and makes it when it is not there.</summary>
    /// <param name="root">The directory; only Hull and readers of image layouts use it.</param>
    /// <param name="clock">Tells the age of content; the system's when null.</param>
    /// <exception cref="HullException">The directory cannot be used, or holds a layout of another version.</exception>
    public ContentStore(string root, TimeProvider? clock = null)
    {
        Root = Path.GetFullPath(root);
        _clock = clock ?? TimeProvider.System;
        _blobs = Path.Combine(Root, "blobs");
        string layout = Path.Combine(Root, "oci-layout");
        if (File.Exists(layout))
        {
            CheckLayout(layout);
        }
        else
        {
            StoreErrors.Run($"The image store '{Root}' cannot be made", () => Create(layout));
        }
    }

    /// <summary>The directory of the image layout; other programs read it as <c>oci:DIR</c>.</summary>
    public string Root { get; }

    internal string IngestDirectory => Path.Combine(Root, IngestName);

    internal string LeaseDirectory => Path.Combine(Root, LeasesName);

    internal string IndexPath => Path.Combine(Root, IndexName);

    internal string CollectLockPath => Path.Combine(Root, "locks", "collect");

    internal string IndexLockPath => Path.Combine(Root, "locks", "index");

    internal string BlobDirectory => Path.Combine(_blobs, "sha256");

    internal DateTimeOffset Now => _clock.GetUtcNow();

    /// <summary>Where content is, or would be.</summary>
    public string PathOf(Digest digest) => Path.Combine(_blobs, digest.Algorithm, digest.Hex);

    /// <summary>Whether the content is here, whole and checked.</summary>
    public bool Contains(Digest digest) => File.Exists(PathOf(digest));

    /// <summary>The length of content.</summary>
    /// <returns>False when it is not here.</returns>
    public bool TryGetSize(Digest digest, out long bytes)
    {
        FileInfo file = new(PathOf(digest));
        bytes = file.Exists ? file.Length : 0;
        return file.Exists;
    }

    /// <summary>Opens content for reading; it stays readable when it is deleted meanwhile.</summary>
    /// <exception cref="HullException">It is not here.</exception>
    public FileStream Open(Digest digest)
    {
        try
        {
            return new FileStream(PathOf(digest), new FileStreamOptions
            {
                Access = FileAccess.Read,
                Share = FileShare.ReadWrite | FileShare.Delete,
                Options = FileOptions.SequentialScan,
                BufferSize = 0,
            });
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Missing(digest);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw StoreErrors.Translate($"The content '{digest}' cannot be read", error);
        }
    }

    /// <summary>Reads small content whole and checks it against its digest.</summary>
    /// <param name="digest">Which.</param>
    /// <param name="maxBytes">Most bytes the caller wants in memory.</param>
    /// <exception cref="HullException">It is not here, is too long, or the disk damaged it.</exception>
    public byte[] ReadAll(Digest digest, int maxBytes)
    {
        using FileStream file = Open(digest);
        if (file.Length > maxBytes)
        {
            throw new HullException(ErrorKind.DataLoss, $"The content '{digest}' has {file.Length} bytes and {maxBytes} are the most here.");
        }

        byte[] bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return Hashing.DigestOf(digest.Algorithm, bytes) == digest
            ? bytes
            : throw new HullException(ErrorKind.DataLoss, $"The content '{digest}' in '{Root}' is damaged: its bytes have another digest.");
    }

    /// <summary>Puts small content in and returns its digest; does nothing more when it is here already.</summary>
    /// <exception cref="HullException">The store cannot be written.</exception>
    public Digest Add(ReadOnlySpan<byte> content)
    {
        var digest = Digest.OfSha256(content);
        if (!Contains(digest))
        {
            using BlobWriter writer = BeginIngest();
            writer.Write(content);
            writer.Commit(digest, content.Length);
        }

        return digest;
    }

    /// <summary>Begins to take in content whose digest is not known yet; disposing without a commit drops it.</summary>
    /// <exception cref="HullException">The store cannot be written.</exception>
    public BlobWriter BeginIngest() => BeginIngest("sha256");

    internal BlobWriter BeginIngest(string algorithm) => BlobWriter.CreateNew(this, algorithm);

    /// <summary>Begins, or goes on, to take in content whose digest is known.</summary>
    /// <remarks>
    /// Bytes that an earlier attempt left are kept and hashed again: go on at <see cref="BlobWriter.Length"/>. Disposing
    /// without a commit keeps what was written for the next attempt.
    /// </remarks>
    /// <returns>Null when another process or thread is taking in the same content right now.</returns>
    /// <exception cref="HullException">The store cannot be written.</exception>
    public BlobWriter? TryResumeIngest(Digest expected) => BlobWriter.TryResume(this, expected);

    /// <summary>Deletes content now, whoever names it; does nothing when it is not here.</summary>
    /// <exception cref="HullException">The file cannot be deleted.</exception>
    public void Delete(Digest digest) =>
        StoreErrors.Run($"The content '{digest}' cannot be deleted", () => File.Delete(PathOf(digest)));

    /// <summary>Begins to protect content from the garbage collection for as long as this process needs it.</summary>
    public ContentLease Lease() => new(this);

    /// <summary>All content, in no order.</summary>
    public IEnumerable<Digest> List()
    {
        foreach (string directory in Directory.Exists(_blobs) ? Directory.EnumerateDirectories(_blobs) : [])
        {
            string algorithm = Path.GetFileName(directory);
            foreach (string file in Directory.EnumerateFiles(directory))
            {
                if (Digest.TryParse($"{algorithm}:{Path.GetFileName(file)}", out Digest digest))
                {
                    yield return digest;
                }
            }
        }
    }

    /// <summary>Deletes content that neither the index, nor a lease, nor one of the given roots names or reaches.</summary>
    /// <param name="roots">More content to keep, with all it names; such as images that containers still use.</param>
    /// <param name="options">What else stays.</param>
    /// <exception cref="HullException">The store cannot be read or written; what was deleted until then was garbage.</exception>
    public CollectResult Collect(IEnumerable<Digest>? roots = null, CollectOptions? options = null)
    {
        try
        {
            return new StoreCollector(this, options ?? new CollectOptions()).Run(roots ?? []);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw StoreErrors.Translate($"The image store '{Root}' cannot be cleaned", error);
        }
    }

    /// <summary>Bytes that would go if only the given roots, what they name and what leases keep were kept. Deletes nothing.</summary>
    /// <param name="roots">Digests of manifests and indexes.</param>
    /// <exception cref="HullException">The store cannot be read.</exception>
    public long CollectableBytes(IEnumerable<Digest> roots)
    {
        try
        {
            return new StoreCollector(this, new CollectOptions()).CountUnreached(roots);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw StoreErrors.Translate($"The image store '{Root}' cannot be counted", error);
        }
    }

    /// <summary>Counts what the store holds.</summary>
    public StoreUsage Usage()
    {
        (int blobs, long bytes) = Sum(List().Select(PathOf));
        (int partial, long partialBytes) = Sum(Directory.Exists(IngestDirectory) ? Directory.EnumerateFiles(IngestDirectory) : []);
        return new StoreUsage(blobs, bytes, partial, partialBytes);
    }

    internal void SyncBlobNames()
    {
        foreach (string directory in Directory.EnumerateDirectories(_blobs))
        {
            DirectorySync.Flush(directory);
        }
    }

    private static (int Count, long Bytes) Sum(IEnumerable<string> files)
    {
        int count = 0;
        long bytes = 0;
        foreach (string file in files)
        {
            FileInfo info = new(file);
            if (info.Exists)
            {
                count++;
                bytes += info.Length;
            }
        }

        return (count, bytes);
    }

    private static void CheckLayout(string path)
    {
        ImageLayout? layout = null;
        try
        {
            layout = JsonSerializer.Deserialize(File.ReadAllBytes(path), ImageJson.Default.ImageLayout);
        }
        catch (JsonException)
        {
            // Falls through to the sentence below.
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw StoreErrors.Translate($"The image store's '{path}' cannot be read", error);
        }

        if (layout?.ImageLayoutVersion != ImageLayout.CurrentVersion)
        {
            throw new HullException(
                ErrorKind.FailedPrecondition, $"'{path}' is not that of an OCI image layout of version {ImageLayout.CurrentVersion}.");
        }
    }

    // The layout file is written last: where it stands, everything else stands.
    private void Create(string layout)
    {
        foreach (string directory in (string[])[BlobDirectory, IngestDirectory, LeaseDirectory, Path.Combine(Root, "locks")])
        {
            Directory.CreateDirectory(directory);
        }

        using var guard = FileLock.Exclusive(IndexLockPath);
        if (!File.Exists(IndexPath))
        {
            AtomicFile.Write(IndexPath, ImageDocuments.Write(new ImageIndex { MediaType = MediaTypes.Index, Manifests = [] }));
        }

        if (!File.Exists(layout))
        {
            AtomicFile.Write(layout, JsonSerializer.SerializeToUtf8Bytes(
                new ImageLayout { ImageLayoutVersion = ImageLayout.CurrentVersion }, ImageJson.Default.ImageLayout));
        }
    }

    private HullException Missing(Digest digest) =>
        new(ErrorKind.NotFound, $"The content '{digest}' is not in the image store '{Root}'.");
}
