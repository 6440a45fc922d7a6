using System.Text;
using Hull.Image;
using Hull.Linux;
using Hull.Snapshot.Layers;

namespace Hull.Snapshot;

/// <summary>Unpacked layers, each once however many images share it, and the writable roots of containers on top of them.</summary>
/// <remarks>
/// <para>Layers are directories named by chain id; a container's root is an overlay that the runtime mounts in the
/// container's own mount namespace, so nothing is ever left mounted on the host.</para>
/// <para>Any number of threads and processes may use one directory. Everything appears by a rename: a process killed
/// anywhere leaves only something in <c>staging/</c>, which the next clean-up removes. No call but <see cref="Usage"/>,
/// <see cref="Prune"/> and <see cref="Containers"/> lists a directory, so the number of layers and containers does not
/// matter. After a power cut, layers unpacked in the last seconds before may be incomplete, as with other engines.</para>
/// </remarks>
public sealed partial class Snapshots
{
    private const string ChainFile = "chain";
    private const int MaxPlainKey = 200;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode Everybody = OwnerOnly | UnixFileMode.GroupRead | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private readonly string _layers;
    private readonly string _chains;
    private readonly string _containers;
    private readonly string _staging;
    private readonly string _leases;
    private readonly string _locks;
    private readonly string _empty;

    /// <summary>Uses (and makes) a directory that only Hull writes to.</summary>
    /// <param name="root">The directory; absolute or relative to the current one.</param>
    /// <exception cref="HullException">The directory cannot be made.</exception>
    public Snapshots(string root)
    {
        Root = Path.GetFullPath(root);
        _layers = Path.Combine(Root, "layers");
        _chains = Path.Combine(Root, "chains");
        _containers = Path.Combine(Root, "containers");
        _staging = Path.Combine(Root, "staging");
        _leases = Path.Combine(Root, "leases");
        _locks = Path.Combine(Root, "locks");
        _empty = Path.Combine(Root, "empty");
        if (!Directory.Exists(_empty) || !Directory.Exists(_leases))
        {
            Run("The snapshot store cannot be made", () =>
            {
                // Layers hold set-user programs of strangers' images: no user of the host may reach them.
                foreach (string directory in (string[])[_layers, _chains, _containers, _staging, _leases, _locks, _empty])
                {
                    Directory.CreateDirectory(directory, OwnerOnly);
                }
            });
        }
    }

    /// <summary>The directory everything is in.</summary>
    public string Root { get; }

    /// <summary>Options for unpacking; the chain below, digests and progress are filled in.</summary>
    public UnpackOptions UnpackOptions { get; init; } = new();

    /// <summary>Whether a stack is unpacked.</summary>
    public bool Contains(Digest chainId) => Directory.Exists(LayerPath(chainId));

    /// <summary>Unpacks those layers of an image that are not unpacked yet.</summary>
    /// <param name="image">The image.</param>
    /// <param name="store">Where its layers are.</param>
    /// <param name="progress">Told now and then; may be null.</param>
    /// <param name="cancellation">Stops between two chunks; what is complete stays.</param>
    /// <returns>The chain id of the whole stack; null for an image without layers.</returns>
    /// <exception cref="HullException">A layer is missing, damaged or hostile, or the disk is full; nothing of it stays.</exception>
    public async Task<Digest?> UnpackAsync(
        LocalImage image, ContentStore store, IProgress<UnpackProgress>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(store);
        Digest[] chain = ChainId.AllOf(image.Layers);
        if (chain.All(Contains))
        {
            return chain.Length == 0 ? null : chain[^1];
        }

        using LayerLease lease = Lease(chain);
        for (int i = 0; i < chain.Length; i++)
        {
            if (!Contains(chain[i]))
            {
                int index = i;
                ImageLayer layer = image.Layers[i];
                Progress? told = progress is null ? null : new Progress(bytes => progress.Report(new UnpackProgress(
                    layer.Descriptor.Digest, index, image.Layers.Count, bytes, layer.Descriptor.Size)));
                await UnpackLayerAsync(lease, chain.AsMemory(0, i + 1), layer, () => store.Open(layer.Descriptor.Digest), told, cancellation);
            }
        }

        return chain[^1];
    }

    /// <summary>Makes a writable root for a container.</summary>
    /// <param name="key">Whose; unique.</param>
    /// <param name="chainId">The stack below it; null for an empty one.</param>
    /// <exception cref="HullException">The container has one already, or the stack is not unpacked.</exception>
    public RootFilesystem Prepare(ContainerId key, Digest? chainId)
    {
        using FileLock use = FileLock.Shared(UseLock);
        IReadOnlyList<Digest> chain = chainId is Digest id ? ChainOf(id) : [];
        string target = ContainerPath(key);
        string staged = NewStagingPath();
        Run($"The root of container '{key}' cannot be made", () =>
        {
            Directory.CreateDirectory(staged, OwnerOnly);
            string upper = Path.Combine(staged, "upper");
            Directory.CreateDirectory(upper, Everybody);
            Directory.CreateDirectory(Path.Combine(staged, "work"), OwnerOnly);
            Directory.CreateDirectory(Path.Combine(staged, "merged"), Everybody);
            CopyRootMetadata(chain.Count == 0 ? _empty : LayerPath(chain[0]), upper, chain.Count == 0);
            File.WriteAllText(Path.Combine(staged, ChainFile), string.Concat(chain.Select(c => c + "\n")));
        });
        Errno error = RenameNew(staged, target);
        if (error != Errno.None)
        {
            RemoveDirectory(staged);
            throw error is Errno.Exist or Errno.NotEmpty
                ? new HullException(ErrorKind.AlreadyExists, $"The container '{key}' has a root already.")
                : new LinuxException("renameat2", target, error);
        }

        return RootOf(target, chain);
    }

    /// <summary>The root that was prepared for a container.</summary>
    /// <returns>Null when there is none.</returns>
    public RootFilesystem? Find(ContainerId key)
    {
        string directory = ContainerPath(key);
        try
        {
            return RootOf(directory, ReadContainerChain(directory));
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>The root that was prepared for a container.</summary>
    /// <exception cref="HullException">There is none.</exception>
    public RootFilesystem Get(ContainerId key) => Find(key)
        ?? throw new HullException(ErrorKind.NotFound, $"The container '{key}' has no root.");

    /// <summary>Removes a container's root; does nothing when there is none. The root must not be in use.</summary>
    /// <exception cref="HullException">It cannot be removed.</exception>
    public void Remove(ContainerId key)
    {
        using FileLock use = FileLock.Shared(UseLock);
        string staged = NewStagingPath();
        Errno error = RenameNew(ContainerPath(key), staged);
        if (error == Errno.NoEnt)
        {
            return;
        }

        if (error != Errno.None)
        {
            throw new LinuxException("renameat2", ContainerPath(key), error);
        }

        RemoveDirectory(staged);
    }

    /// <summary>Lets a caller read, or write, what a stopped container sees; nothing appears on the host.</summary>
    /// <param name="key">Which container. It must not run when <paramref name="writable"/> is set.</param>
    /// <param name="writable">Whether changes go to the container's own layer.</param>
    /// <param name="use">Gets the root directory, which is gone afterwards.</param>
    /// <exception cref="HullException">There is no such root, or overlay cannot be mounted.</exception>
    public void WithMounted(ContainerId key, bool writable, Action<FileDescriptor> use)
    {
        ArgumentNullException.ThrowIfNull(use);
        using FileDescriptor root = Mount(Get(key), writable);
        use(root);
    }

    /// <summary>Opens what a container sees, as a mount of its own that ends with the descriptor.</summary>
    /// <param name="root">Which root.</param>
    /// <param name="writable">Whether changes go to the container's own layer; only while nothing else has it mounted.</param>
    /// <param name="place">For a writable one, where it is attached in the calling thread's mount namespace; null for nowhere.</param>
    /// <exception cref="HullException">Overlay cannot be mounted.</exception>
    public static FileDescriptor Mount(RootFilesystem root, bool writable, FileDescriptor? place = null)
    {
        ArgumentNullException.ThrowIfNull(root);
        if (root.Lower.Count == 0)
        {
            return FileTree.OpenRoot(root.Path);
        }

        // Without a writable layer on top, the container's own layer is the topmost read-only one.
        if (writable && root.Upper is not null)
        {
            return DetachedOverlay.Mount(root.Lower, root.Upper, root.Work, place);
        }

        string[] layers = root.Upper is null ? [.. root.Lower] : [root.Upper, .. root.Lower];
        return layers.Length == 1 ? FileTree.OpenRoot(layers[0]) : DetachedOverlay.Mount(layers, null, null);
    }

    private string UseLock => Path.Combine(_locks, "use");

    /// <summary>Begins to keep clean-ups away from layers, which need not be there yet.</summary>
    internal LayerLease Lease(IEnumerable<Digest> chain)
    {
        try
        {
            return new LayerLease(_leases, _staging, UseLock, chain);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Translate("The snapshot store cannot be written", error);
        }
    }

    /// <summary>Unpacks one layer on top of others, unless somebody else does.</summary>
    /// <param name="lease">Keeps the whole chain.</param>
    /// <param name="chain">Chain ids from the lowest layer up to this one.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="open">Gives its bytes.</param>
    /// <param name="progress">Told now and then.</param>
    /// <param name="cancellation">Stops between two chunks.</param>
    internal async Task UnpackLayerAsync(
        LayerLease lease, ReadOnlyMemory<Digest> chain, ImageLayer layer, Func<Stream> open, IProgress<long>? progress, CancellationToken cancellation)
    {
        Digest id = chain.Span[^1];
        Digest[] stack = chain.ToArray();
        Array.Reverse(stack);

        // A fixed number of lock files: two layers that share one only wait for each other.
        using FileLock one = await TakeAsync(Path.Combine(_locks, "unpack-" + id.Hex[..2]), cancellation);
        if (Contains(id))
        {
            return;
        }

        string staged = lease.NewStagingPath();
        bool done = false;
        try
        {
            Run("A layer cannot be unpacked", () => Directory.CreateDirectory(staged, Everybody));
            // The process's mode mask may have taken bits away; a layer without an entry for its root has this mode.
            File.SetUnixFileMode(staged, Everybody);
            UnpackResult result;
            using (Stream packed = open())
            {
                result = await LayerUnpacker.UnpackAsync(packed, staged, UnpackOptions with
                {
                    DiffId = layer.DiffId,
                    Lower = [.. stack.Skip(1).Select(LayerPath)],
                    Progress = progress,
                }, cancellation);
            }

            // Together: a clean-up between them would take the record for a leftover.
            using FileLock use = FileLock.Shared(UseLock);
            WriteRecord(lease.NewStagingPath(), id, new ChainRecord(layer.DiffId, result.ContentBytes, stack));
            Errno error = RenameNew(staged, LayerPath(id));
            done = error == Errno.None ? true : throw new LinuxException("renameat2", LayerPath(id), error);
        }
        finally
        {
            if (!done)
            {
                RemoveDirectory(staged);
            }
        }
    }

    // Whoever has it may hold it as long as a transfer lasts: a wait in the kernel could not be broken off.
    private static async Task<FileLock> TakeAsync(string path, CancellationToken cancellation)
    {
        const int FirstPauseMs = 2;
        const int LongestPauseMs = 100;
        for (int pauseMs = FirstPauseMs; ; pauseMs = Math.Min(LongestPauseMs, pauseMs * 2))
        {
            if (FileLock.TryExclusive(path) is { } taken)
            {
                return taken;
            }

            await Task.Delay(pauseMs, cancellation);
        }
    }

    private void WriteRecord(string staged, Digest id, ChainRecord record) => Run("A layer's record cannot be written", () =>
    {
        File.WriteAllText(staged, record.ToText());
        File.Move(staged, ChainPath(id), overwrite: true);
    });

    private IReadOnlyList<Digest> ChainOf(Digest id)
    {
        if (!Contains(id))
        {
            throw new HullException(ErrorKind.NotFound, $"The layers '{id}' are not unpacked.");
        }

        return ChainRecord.Read(ChainPath(id)).Chain;
    }

    private static List<Digest> ReadContainerChain(string directory)
    {
        List<Digest> chain = [];
        foreach (string line in File.ReadLines(Path.Combine(directory, ChainFile)))
        {
            chain.Add(Digest.TryParse(line, out Digest id)
                ? id
                : throw new HullException(ErrorKind.DataLoss, $"The record '{directory}/{ChainFile}' is damaged."));
        }

        return chain;
    }

    private RootFilesystem RootOf(string directory, IReadOnlyList<Digest> chain) => new()
    {
        Path = Path.Combine(directory, "merged"),
        Lower = chain.Count == 0 ? [_empty] : [.. chain.Select(LayerPath)],
        Upper = Path.Combine(directory, "upper"),
        Work = Path.Combine(directory, "work"),
    };

    private string LayerPath(Digest chainId) => Path.Combine(_layers, chainId.Hex);

    private string ChainPath(Digest chainId) => Path.Combine(_chains, chainId.Hex);

    // Identifiers may be longer than file names; '~' is in none of them.
    private string ContainerPath(ContainerId key)
    {
        string text = key.ToString();
        ArgumentException.ThrowIfNullOrEmpty(text, nameof(key));
        return Path.Combine(
            _containers, text.Length <= MaxPlainKey ? text : "~" + Digest.OfSha256(Encoding.UTF8.GetBytes(text)).Hex);
    }

    private string NewStagingPath() => Path.Combine(_staging, Guid.NewGuid().ToString("N"));

    private static Errno RenameNew(string source, string target)
    {
        Errno parentError = OpenParent(source, out FileDescriptor? from, out byte[] fromName);
        using (from)
        {
            if (parentError != Errno.None)
            {
                return parentError;
            }

            _ = OpenParent(target, out FileDescriptor? to, out byte[] toName);
            using (to)
            {
                return to is null ? Errno.NoEnt : FileTree.RenameNew(from!, fromName, to, toName);
            }
        }
    }

    private static Errno OpenParent(string path, out FileDescriptor? parent, out byte[] name)
    {
        name = Encoding.UTF8.GetBytes(Path.GetFileName(path));
        parent = FileTree.OpenRoot(Path.GetDirectoryName(path) ?? "/");
        return Errno.None;
    }

    private static void RemoveDirectory(string path)
    {
        _ = OpenParent(path, out FileDescriptor? parent, out byte[] name);
        using (parent)
        {
            Errno error = FileTree.RemoveTree(parent!, name);
            if (error != Errno.None)
            {
                throw new LinuxException("unlinkat", path, error);
            }
        }
    }

    // The root directory a container sees is the upper one: it must look like the image's.
    private static void CopyRootMetadata(string lower, string upper, bool isEmpty)
    {
        if (isEmpty)
        {
            File.SetUnixFileMode(upper, Everybody);
            return;
        }

        using FileDescriptor from = FileTree.OpenRoot(lower);
        using FileDescriptor to = FileTree.OpenRoot(upper);
        Check(FileTree.Status(from, out FileStatus status), lower);
        if (Environment.IsPrivilegedProcess)
        {
            Check(FileTree.SetOwner(to, status.Uid, status.Gid), upper);
        }

        Check(FileTree.SetMode(to, status.Permissions), upper);
        foreach (byte[] attribute in FileTree.AttributeNames(from, default))
        {
            if (!attribute.AsSpan().StartsWith("trusted.overlay."u8) && !attribute.AsSpan().StartsWith("user.overlay."u8)
                && FileTree.ReadAttribute(from, default, attribute, out byte[] value) == Errno.None)
            {
                _ = FileTree.SetAttribute(to, attribute, value);
            }
        }

        Check(FileTree.SetModified(to, status.Modified), upper);
    }

    private static void Check(Errno error, string subject)
    {
        if (error != Errno.None)
        {
            throw new LinuxException("open", subject, error);
        }
    }

    private static void Run(string what, Action action)
    {
        try
        {
            action();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Translate(what, error);
        }
    }

    private static HullException Translate(string what, Exception error)
    {
        ErrorKind kind = error is UnauthorizedAccessException ? ErrorKind.PermissionDenied
            : (error.HResult & 0xFFFF) == (int)Errno.NoSpc ? ErrorKind.ResourceExhausted
            : ErrorKind.Internal;
        return new HullException(kind, $"{what}: {error.Message.TrimEnd('.')}.", error);
    }

    // The framework's own class posts to a thread pool, out of order.
    private sealed class Progress(Action<long> report) : IProgress<long>
    {
        public void Report(long value) => report(value);
    }
}
