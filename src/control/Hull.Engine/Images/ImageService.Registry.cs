using Hull.Image;
using Hull.Linux;
using Hull.Oci.Image;
using Hull.Snapshot;
using Hull.Supervision;

namespace Hull.Engine.Images;

/// <content>Images that come from registries and go to them.</content>
public sealed partial class ImageService
{
    /// <summary>Brings an image into the store and unpacks it.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="platform">Which image of an index; this host's when null.</param>
    /// <param name="registries">How registries are reached; the host's configuration when null.</param>
    /// <param name="progress">Told about each step, from several threads.</param>
    /// <param name="cancellation">Ends the pull.</param>
    /// <exception cref="HullException">The image cannot be had; the name, if there was one, means what it did.</exception>
    public async Task<LocalImage> PullAsync(
        ImageReference name,
        Platform? platform,
        RegistryOptions? registries,
        IProgress<TransferEvent>? progress,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(name);
        try
        {
            return await PullAndUnpackAsync(name, platform, registries, progress, cancellation);
        }
        catch (HullException error) when (IsFullDisk(error))
        {
            GiveBack();
            throw new HullException(
                ErrorKind.ResourceExhausted,
                $"The image '{name}' does not fit on the disk of '{_options.Paths.Root}', and nothing of it was kept: free some space and pull it again.",
                error);
        }
    }

    private static bool IsFullDisk(HullException error) => (error as LinuxException ?? error.InnerException) switch
    {
        LinuxException { Error: Errno.NoSpc or Errno.DQuot } => true,
        IOException { HResult: (int)Errno.NoSpc or (int)Errno.DQuot } => true,
        _ => false,
    };

    // What arrived has no name, and a transfer would only go on to meet the same wall: on a full disk it is in everybody's way.
    private void GiveBack() => _ = CollectContent(transfersToo: true) + CollectLayers();

    private async Task<LocalImage> PullAndUnpackAsync(
        ImageReference name,
        Platform? platform,
        RegistryOptions? registries,
        IProgress<TransferEvent>? progress,
        CancellationToken cancellation)
    {
        using RegistryClient client = new(registries ?? RegistryOptions.Load(), CredentialStore.OfUser());
        // Made with the first layers only: a pull that finds nothing makes no directories.
        ArrivingLayers? arriving = null;
        PullRequest request = new()
        {
            Reference = name,
            Platform = platform,
            Layers = layers =>
            {
                arriving = new ArrivingLayers(Roots.Snapshots, Store.Content);
                arriving.Begin(layers);
            },
            Receive = (layer, stream, stop) => arriving?.ReceiveAsync(layer, stream, stop) ?? Task.CompletedTask,
            Prepare = async (arrived, stop) => await Roots.UnpackAsync(arrived, Store.Content, stop),
        };
        try
        {
            LocalImage image = await new ImagePuller(Store, client).PullAsync(request, progress, cancellation);

            // One that was here already, and that a killed process did not unpack.
            await Roots.UnpackAsync(image, Store.Content, cancellation);
            Publish("pull", image.Id, name);
            return image;
        }
        finally
        {
            arriving?.Dispose();
        }
    }

    /// <summary>Brings an image to a registry.</summary>
    /// <exception cref="HullException">There is no such image, or the registry does not take it.</exception>
    public async Task<Digest> PushAsync(
        ImageReference name, RegistryOptions? registries, IProgress<TransferEvent>? progress, CancellationToken cancellation)
    {
        LocalImage image = Get(name.ToString(), null);
        using RegistryClient client = new(registries ?? RegistryOptions.Load(), CredentialStore.OfUser());
        Digest digest = await new ImagePusher(Store, client).PushAsync(image, name, progress, cancellation);
        Publish("push", image.Id, name);
        return digest;
    }

    /// <summary>Gives an image one more name.</summary>
    /// <exception cref="HullException">There is no such image.</exception>
    public void Tag(string source, ImageReference target)
    {
        Store.Tag(source, target);
        Publish("tag", Get(target.ToString(), null).Id, target);
    }

    /// <summary>Takes names, and images without a name left, away; their content goes with them.</summary>
    /// <param name="nameOrId">What the user typed.</param>
    /// <param name="force">Whether several names, and images of containers, may go.</param>
    /// <param name="usedBy">The container that uses an image, or null.</param>
    /// <exception cref="HullException">There is no such image, or a container uses it.</exception>
    public ImageRemoval Remove(string nameOrId, bool force, Func<Digest, string?> usedBy)
    {
        IReadOnlyList<ImageEntry> entries = Store.FindEntries(nameOrId);
        if (!force && entries is [ImageEntry first, ..] && usedBy(first.Id) is { } container && WouldGo(entries, nameOrId))
        {
            throw new HullException(
                ErrorKind.FailedPrecondition, $"The image '{nameOrId}' is used by the container '{container}': remove that first, or use --force.");
        }

        ImageRemoval removal = Store.Remove(nameOrId, force);
        Publish(removal);
        if (removal.Deleted.Count > 0)
        {
            _ = CollectContent() + CollectLayers();
        }

        return removal;
    }

    /// <summary>Takes away images without a name, or all images, that no container uses, and content nobody names.</summary>
    /// <returns>What went, and the bytes given back.</returns>
    /// <exception cref="HullException">The store cannot be written.</exception>
    public (ImageRemoval Removal, long Bytes) Prune(bool all, ImageQuery? filter, Func<Digest, string?> usedBy)
    {
        ImageRemoval removal = Store.Prune(all, id => usedBy(id) is not null, filter is null ? null : filter.Matches);
        Publish(removal);
        return (removal, CollectContent(transfersToo: all && filter is null) + CollectLayers());
    }

    // By name only the last one matters; by id all of them go.
    private static bool WouldGo(IReadOnlyList<ImageEntry> entries, string typed) =>
        entries.Count == 1 || !ImageReference.TryParse(typed, out ImageReference? name) || entries[0].Reference?.Tagged != name?.Tagged;

    // Transfers under way are locked: only those that broke off go.
    private long CollectContent(bool transfersToo = false) =>
        Store.Content.Collect(options: transfersToo ? new CollectOptions { PartialGrace = TimeSpan.Zero } : null).Bytes;

    // The list of images is read under the snapshots' lock: a pull that ends meanwhile keeps its layers.
    private long CollectLayers() => Roots.Snapshots.Prune(ChainsInUse()).Bytes;

    private IEnumerable<Digest> ChainsInUse()
    {
        foreach (ImageEntry entry in Store.List())
        {
            if (TryChainOf(entry) is { } chain)
            {
                yield return chain;
            }
        }
    }

    private void Publish(ImageRemoval removal)
    {
        foreach (Digest id in removal.Deleted)
        {
            Publish("delete", id, null);
        }
    }

    private void Publish(string action, Digest id, ImageReference? name) => EventFile.Append(
        _options.Paths.Events, _options.Clock.GetUtcNow(), "image", action, id.ToString(), ("name", name?.Familiar ?? id.ToString()));
}
