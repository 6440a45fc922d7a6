using Hull.Image;
using Hull.Oci.Image;

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

    /// <summary>Finds an image.</summary>
    /// <returns>Null when there is none.</returns>
    public LocalImage? Find(string name, string? platform) =>
        Store.Find(name, platform is null ? null : Platform.Parse(platform));
}
