using System.Net.Http.Headers;
using Hull.Oci.Image;

namespace Hull.Image;

/// <summary>Brings images of the local store to registries.</summary>
/// <remarks>The manifest goes last, so a name at the registry appears only when every part is there.</remarks>
public sealed class ImagePusher(ImageStore images, RegistryClient client)
{
    private readonly ContentStore _content = images.Content;

    /// <summary>Pushes an image under a name.</summary>
    /// <param name="image">The image.</param>
    /// <param name="target">Its name at the registry, with a tag.</param>
    /// <param name="progress">Told about each step, from several threads.</param>
    /// <param name="cancellation">Ends the push.</param>
    /// <returns>The digest the registry knows the image by.</returns>
    /// <exception cref="HullException">The registry does not take it; the message says why in one sentence.</exception>
    public async Task<Digest> PushAsync(
        LocalImage image, ImageReference target, IProgress<TransferEvent>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(target);
        ImageReference remote = client.Options.Resolve(target);
        if (remote.Digest is not null || remote.Tag is null)
        {
            throw new HullException(ErrorKind.InvalidArgument, $"'{target}' cannot be pushed: name a tag, without a digest.");
        }

        using ContentLease lease = _content.Lease();
        lease.Protect(image.ManifestDescriptor.Digest);
        ImageReference? source = SourceAt(image, remote);
        Descriptor[] parts = [.. image.Manifest.Layers
            .Where(layer => !MediaTypes.IsForeignLayer(layer.MediaType))
            .Append(image.Manifest.Config)
            .DistinctBy(part => part.Digest)];
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = client.Options.ParallelTransfers, CancellationToken = cancellation };
        await Parallel.ForEachAsync(parts, parallel, async (part, stop) =>
            await new BlobUpload(_content, client, remote, source, part, progress).RunAsync(stop));
        await PutManifestAsync(image.ManifestDescriptor, remote, cancellation);
        progress?.Report(new TransferEvent(TransferStage.Complete, Detail: image.ManifestDescriptor.Digest.ToString()));
        return image.ManifestDescriptor.Digest;
    }

    // Another repository of the same registry that had the image: its content can be taken over there without a transfer.
    private ImageReference? SourceAt(LocalImage image, ImageReference remote) => images.List()
        .Where(entry => entry.Id == image.Id && entry.Reference is not null && (entry.Source is not null))
        .Select(entry => entry.Reference)
        .OfType<ImageReference>()
        .Where(name => name.Registry is not null || client.Options.DefaultRegistry is not null)
        .Select(client.Options.Resolve)
        .FirstOrDefault(name => name.Registry == remote.Registry && name.Repository != remote.Repository);

    private async Task PutManifestAsync(Descriptor manifest, ImageReference remote, CancellationToken cancellation)
    {
        byte[] bytes = _content.ReadAll(manifest.Digest, ImageDocuments.MaxManifestBytes);
        RegistryRequest request = RegistryClient.ManifestRequest(HttpMethod.Put, remote) with
        {
            Accept = null,
            Actions = "pull,push",
            Content = () =>
            {
                ByteArrayContent body = new(bytes);
                body.Headers.ContentType = new MediaTypeHeaderValue(manifest.MediaType);
                return body;
            },
        };
        using HttpResponseMessage answer = await client.SendAsync(request, cancellation);
        await client.EnsureAsync(request, answer, $"manifest of '{remote}'", cancellation);
        if (RegistryClient.DigestOf(answer) is { } stored && stored != manifest.Digest)
        {
            throw new HullException(
                ErrorKind.DataLoss, $"The registry '{remote.Registry}' stored '{remote}' as '{stored}' instead of '{manifest.Digest}'.");
        }
    }
}
