using Hull.Image;
using Hull.Oci.Image;
using Hull.Snapshot.Archiving;
using Hull.Snapshot.Bootstrap;
using Hull.Snapshot.Compression;

namespace Hull.Engine.Images;

/// <content>Images that are made here.</content>
public sealed partial class ImageService
{
    /// <summary>Makes an image with one layer of a root's archive.</summary>
    /// <param name="archive">tar, plain or compressed with gzip or zstd.</param>
    /// <param name="name">The image's name; null for an image known by its id alone.</param>
    /// <param name="message">What the history says; empty for where it came from.</param>
    /// <param name="config">How to run it.</param>
    /// <exception cref="HullException">The archive is damaged, or the store cannot be written.</exception>
    public LocalImage Import(Stream archive, ImageReference? name, string message, ContainerConfig config)
    {
        DateTimeOffset now = _options.Clock.GetUtcNow();
        ImageConfig image = new()
        {
            Created = now,
            Architecture = Platform.Host.Architecture,
            OS = Platform.Host.OS,
            Config = config,
            RootFs = new RootFsConfig { DiffIds = [] },
            History = [new HistoryEntry { Created = now, Comment = message.Length > 0 ? message : "Imported" }],
        };
        LocalImage made = RootImporter.Import(Store, archive, name, image, CompressionKind.Gzip);
        Publish("import", made.Id, name);
        return made;
    }

    /// <summary>Writes images with their names as one archive that Docker and OCI tools read.</summary>
    /// <exception cref="HullException">An image is missing, or the target cannot be written.</exception>
    public void Save(IReadOnlyList<string> names, Stream target, CancellationToken cancellation) =>
        ImageSaver.Save(Store, names, target, cancellation);

    /// <summary>Reads images from an archive that <see cref="Save"/> or Docker wrote.</summary>
    /// <exception cref="HullException">The archive is damaged, or the store cannot be written.</exception>
    public IReadOnlyList<LocalImage> Load(Stream source, CancellationToken cancellation)
    {
        IReadOnlyList<LocalImage> images;
        try
        {
            images = ImageLoader.Load(Store, source, cancellation);
        }
        catch (HullException error) when (IsFullDisk(error))
        {
            GiveBack();
            throw;
        }

        foreach (LocalImage image in images)
        {
            Publish("load", image.Id, image.Reference);
        }

        return images;
    }

    /// <summary>Makes a base image of a distribution's packages.</summary>
    /// <param name="request">Which.</param>
    /// <param name="progress">Told in a few words what happens.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <exception cref="HullException">A tool is missing or a package cannot be had.</exception>
    public async Task<LocalImage> BootstrapAsync(BaseImageRequest request, IProgress<string>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        LocalImage image = await BaseImageBuilder.BuildAsync(request, Store, _options.Clock, progress, cancellation);
        await Roots.UnpackAsync(image, Store.Content, cancellation);
        Publish("import", image.Id, request.Reference);
        return image;
    }
}
