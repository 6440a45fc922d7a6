using Hull.Engine.Containers;
using Hull.Engine.Images;
using Hull.Engine.State;
using Hull.Engine.Usage;
using Hull.Engine.Volumes;
using Hull.Image;

namespace Hull.Engine;

/// <summary>Everything Hull can do, as a library. One object a process; parts are opened when first used.</summary>
/// <remarks>Not thread-safe. Several processes may use the same directories at a time.</remarks>
public sealed class HullEngine : IDisposable
{
    private readonly Lazy<StateStore> _store;
    private readonly Lazy<ImageService> _images;
    private readonly Lazy<VolumeService> _volumes;
    private readonly Lazy<ContainerService> _containers;

    /// <summary>Uses some directories and runtimes.</summary>
    public HullEngine(EngineOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Options = options;
        _store = new Lazy<StateStore>(OpenStore);
        _images = new Lazy<ImageService>(OpenImages);
        _volumes = new Lazy<VolumeService>(() => new VolumeService(options, _store.Value));
        _containers = new Lazy<ContainerService>(() => new ContainerService(options, _store.Value, _images.Value, _volumes.Value));
    }

    /// <summary>What it was made with.</summary>
    public EngineOptions Options { get; }

    /// <summary>Containers.</summary>
    public ContainerService Containers => _containers.Value;

    /// <summary>Images.</summary>
    public ImageService Images => _images.Value;

    /// <summary>Volumes.</summary>
    public VolumeService Volumes => _volumes.Value;

    /// <summary>Removes what nobody uses: containers first, which sets volumes and images free.</summary>
    /// <exception cref="HullException">Something cannot be removed; what was removed before stays so.</exception>
    public PruneResult Prune(PruneRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        (IReadOnlyList<string> containers, long ownBytes) = Containers.Prune(request.FitsContainer);
        (IReadOnlyList<string> volumes, long volumeBytes) = request.FitsVolume is { } fits ? Volumes.Prune(all: false, fits) : ([], 0);
        IReadOnlyList<ContainerView> left = Containers.List();
        (ImageRemoval images, long imageBytes) = Images.Prune(
            request.AllImages, request.Images, id => left.FirstOrDefault(view => view.Row.ImageId == id.ToString())?.Row.Name);
        return new PruneResult(containers, volumes, images, ownBytes + volumeBytes + imageBytes);
    }

    /// <summary>What uses the disk.</summary>
    public DiskUsage Usage() => DiskUsage.Of(this);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_store.IsValueCreated)
        {
            _store.Value.Dispose();
        }
    }

    private StateStore OpenStore()
    {
        MakeDirectories();
        return new StateStore(Options.Paths.Database);
    }

    private ImageService OpenImages()
    {
        MakeDirectories();
        return new ImageService(Options);
    }

    // Users of the host may pass through to a volume, and see nothing.
    private void MakeDirectories()
    {
        try
        {
            Directory.CreateDirectory(Options.Paths.Root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
                | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
            Directory.CreateDirectory(Options.Paths.Containers, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new HullException(
                ErrorKind.PermissionDenied, $"The root directory '{Options.Paths.Root}' cannot be used: run hull as root or choose another with --root.", error);
        }
        catch (IOException error)
        {
            throw new HullException(ErrorKind.FailedPrecondition, $"The root directory '{Options.Paths.Root}' cannot be made: {error.Message}", error);
        }
    }
}
