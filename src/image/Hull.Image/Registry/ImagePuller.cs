using System.Collections.Concurrent;
using Hull.Oci.Image;

namespace Hull.Image;

/// <summary>Brings images from registries into the local store.</summary>
/// <remarks>
/// A name appears when every part of its image is there and checked, not before. Broken-off transfers leave what arrived
/// for the next attempt. Any number of pulls may run at once, also of the same image, also in other processes.
/// </remarks>
public sealed class ImagePuller(ImageStore images, RegistryClient client)
{
    private const int MaxIndexDepth = 4;
    private const long MaxLayerBytes = 1L << 40;

    private readonly ContentStore _content = images.Content;

    /// <summary>Pulls an image, or finds that it is here and up to date.</summary>
    /// <param name="reference">Its name.</param>
    /// <param name="platform">Which image of an index; this host's when null.</param>
    /// <param name="progress">Told about each step, from several threads.</param>
    /// <param name="cancellation">Ends the pull; what arrived stays for the next one.</param>
    /// <exception cref="HullException">The image cannot be had; the message says why in one sentence.</exception>
    public Task<LocalImage> PullAsync(
        ImageReference reference,
        Platform? platform = null,
        IProgress<TransferEvent>? progress = null,
        CancellationToken cancellation = default) =>
        PullAsync(new PullRequest { Reference = reference, Platform = platform }, progress, cancellation);

    /// <summary>Pulls an image, or finds that it is here and up to date; layers may be used while they arrive.</summary>
    /// <param name="request">Which, and how.</param>
    /// <param name="progress">Told about each step, from several threads.</param>
    /// <param name="cancellation">Ends the pull; what arrived stays for the next one.</param>
    /// <exception cref="HullException">The image cannot be had; the message says why in one sentence.</exception>
    public async Task<LocalImage> PullAsync(
        PullRequest request, IProgress<TransferEvent>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        ImageReference reference = request.Reference;
        Platform? platform = request.Platform;
        ImageReference remote = client.Options.Resolve(reference);
        progress?.Report(new TransferEvent(TransferStage.Resolving, Detail: remote.ToString()));
        if (await FindCurrentAsync(reference, remote, platform, cancellation) is { } current)
        {
            progress?.Report(new TransferEvent(TransferStage.Exists, Detail: current.Source?.ToString()));
            return current;
        }

        using ContentLease lease = _content.Lease();
        RemoteManifest top = await client.GetManifestAsync(remote, cancellation);
        progress?.Report(new TransferEvent(TransferStage.Resolved, Detail: top.Digest.ToString()));
        RemoteManifest chosen = await ChooseAsync(remote, top, platform ?? Platform.Host, cancellation);
        ImageManifest manifest = ImageDocuments.ReadManifest(chosen.Content);
        CheckSizes(remote, manifest);

        lease.Protect(chosen.Digest);
        lease.Protect(manifest.Config.Digest);
        await new BlobDownload(_content, client, remote, manifest.Config, null).RunAsync(cancellation);
        ImageConfig config = ImageDocuments.ReadConfig(_content.ReadAll(manifest.Config.Digest, ImageDocuments.MaxConfigBytes));
        IReadOnlyList<ImageLayer> layers = ImageLayers.Of(manifest, config);
        request.Layers?.Invoke(layers);
        await FetchAsync(remote, layers, lease, request.Receive, progress, cancellation);

        // Last of the content: a manifest in the store has all its parts there.
        Keep(chosen);
        Descriptor descriptor = new() { MediaType = chosen.MediaType, Digest = chosen.Digest, Size = chosen.Content.Length };
        if (request.Prepare is { } prepare)
        {
            await prepare(images.Load(descriptor, platform), cancellation);
        }

        LocalImage image = images.Put(reference, descriptor, top.Digest);
        progress?.Report(new TransferEvent(TransferStage.Complete, Current: image.Size, Total: image.Size, Detail: top.Digest.ToString()));
        return image;
    }

    private static void CheckSizes(ImageReference remote, ImageManifest manifest)
    {
        if (manifest.Config.Size > ImageDocuments.MaxConfigBytes || manifest.Layers.Any(layer => layer.Size > MaxLayerBytes))
        {
            throw new HullException(ErrorKind.DataLoss, $"The manifest of '{remote}' names content larger than Hull accepts.");
        }
    }

    // One HEAD instead of a download: what the registry says is compared with what an earlier pull was told.
    private async Task<LocalImage?> FindCurrentAsync(
        ImageReference reference, ImageReference remote, Platform? platform, CancellationToken cancellation)
    {
        LocalImage? local;
        try
        {
            local = images.Find(reference, platform);
        }
        catch (HullException)
        {
            return null; // damaged, or of another platform: fetch it again
        }

        if (local?.Source is not { } source || !(platform ?? Platform.Host).Accepts(local.Platform) || !IsWhole(local))
        {
            return null;
        }

        Digest? now = remote.Digest ?? await client.ResolveDigestAsync(remote, cancellation);
        return now == source || now == local.ManifestDescriptor.Digest ? local : null;
    }

    private bool IsWhole(LocalImage image) => image.Layers.All(layer =>
        _content.TryGetSize(layer.Descriptor.Digest, out long size) && size == layer.Descriptor.Size);

    private async Task<RemoteManifest> ChooseAsync(
        ImageReference remote, RemoteManifest top, Platform platform, CancellationToken cancellation)
    {
        RemoteManifest at = top;
        for (int depth = 0; MediaTypes.IsIndex(at.MediaType); depth++)
        {
            if (depth >= MaxIndexDepth)
            {
                throw new HullException(ErrorKind.DataLoss, $"The image '{remote}' hides behind more than {MaxIndexDepth} indexes.");
            }

            Descriptor next = PlatformSelection.Choose(ImageDocuments.ReadIndex(at.Content), platform, remote.ToString());
            at = await client.GetManifestAsync(remote.WithDigest(next.Digest), cancellation);
        }

        return at;
    }

    private async Task FetchAsync(
        ImageReference remote,
        IReadOnlyList<ImageLayer> layers,
        ContentLease lease,
        LayerReceiver? receive,
        IProgress<TransferEvent>? progress,
        CancellationToken cancellation)
    {
        List<ImageLayer> missing = [];
        foreach (ImageLayer layer in layers.DistinctBy(layer => layer.Descriptor.Digest))
        {
            Descriptor content = layer.Descriptor;
            bool here = lease.Protect(content.Digest) && _content.TryGetSize(content.Digest, out long size) && size == content.Size;
            progress?.Report(new TransferEvent(here ? TransferStage.Exists : TransferStage.Waiting, content.Digest, 0, content.Size));
            if (!here)
            {
                missing.Add(layer);
            }
        }

        CheckSpace(remote, missing.Sum(layer => layer.Descriptor.Size));
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = client.Options.ParallelTransfers, CancellationToken = cancellation };
        ConcurrentBag<Task> receivers = [];
        try
        {
            await Parallel.ForEachAsync(missing, parallel, async (layer, stop) =>
                await TransferAsync(remote, layer, receive, receivers, progress, stop));
        }
        finally
        {
            await Task.WhenAll(receivers);
        }
    }

    // The place in the queue is free again when the transfer ends, whatever the receiver still does with the bytes.
    private async Task TransferAsync(
        ImageReference remote,
        ImageLayer layer,
        LayerReceiver? receive,
        ConcurrentBag<Task> receivers,
        IProgress<TransferEvent>? progress,
        CancellationToken cancellation)
    {
        ArrivingLayer? arriving = null;
        if (receive is not null)
        {
            arriving = new ArrivingLayer(); // disposed when the receiver ends
            receivers.Add(ReceiveAsync(receive, layer, arriving, cancellation));
        }

        try
        {
            await new BlobDownload(_content, client, remote, layer.Descriptor, progress, arriving).RunAsync(cancellation);
        }
        catch (Exception error)
        {
            arriving?.Fail(error);
            if (error is HullException { Kind: ErrorKind.NotFound } && MediaTypes.IsForeignLayer(layer.Descriptor.MediaType))
            {
                throw new HullException(
                    ErrorKind.Unimplemented,
                    $"The layer '{layer.Descriptor.Digest}' of '{remote}' may not be distributed, so its registry does not have it, and Hull does not fetch layers from elsewhere.",
                    error);
            }

            throw;
        }
    }

    private static async Task ReceiveAsync(LayerReceiver receive, ImageLayer layer, ArrivingLayer arriving, CancellationToken cancellation)
    {
        try
        {
            await receive(layer, arriving, cancellation);
        }
        catch (Exception error) when (error is HullException or IOException or InvalidDataException or OperationCanceledException)
        {
            // The layer is, or will be, in the store: whoever needs it takes it from there and meets a lasting failure again.
        }
        finally
        {
            await arriving.DisposeAsync();
        }
    }

    // Not a promise, only an early and clear answer: the real check is each write.
    private void CheckSpace(ImageReference remote, long needed)
    {
        long free;
        try
        {
            free = new DriveInfo(_content.Root).AvailableFreeSpace;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return;
        }

        if (needed > free)
        {
            throw new HullException(
                ErrorKind.ResourceExhausted,
                $"The image '{remote}' needs {new ByteSize(needed).ToDecimalString()} and '{_content.Root}' has {new ByteSize(free).ToDecimalString()} left.");
        }
    }

    private void Keep(RemoteManifest manifest)
    {
        if (!_content.Contains(manifest.Digest))
        {
            using BlobWriter writer = _content.BeginIngest(manifest.Digest.Algorithm);
            writer.Write(manifest.Content);
            writer.Commit(manifest.Digest, manifest.Content.Length);
        }
    }
}
