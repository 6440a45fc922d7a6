using Hull.Image;
using Hull.Oci.Image;

namespace Hull.Snapshot.Packing;

/// <summary>Makes an image of a configuration and layers that are in the store already.</summary>
public static class ImageAssembler
{
    /// <summary>Writes configuration and manifest and gives the image its name.</summary>
    /// <param name="images">Where to.</param>
    /// <param name="lease">Protects the parts until the name holds them.</param>
    /// <param name="reference">The name; null for an image that is known by its id alone.</param>
    /// <param name="config">The configuration; its list of layers is replaced.</param>
    /// <param name="layers">Every layer, lowest first.</param>
    /// <exception cref="HullException">A layer is missing, or the store cannot be written.</exception>
    public static LocalImage Put(
        ImageStore images, ContentLease lease, ImageReference? reference, ImageConfig config, IReadOnlyList<ImageLayer> layers)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(lease);
        ArgumentNullException.ThrowIfNull(config);
        byte[] configJson = ImageDocuments.Write(
            config with { RootFs = new RootFsConfig { DiffIds = [.. layers.Select(layer => layer.DiffId)] } });
        Descriptor configDescriptor = Add(images.Content, lease, MediaTypes.Config, configJson);
        byte[] manifestJson = ImageDocuments.Write(new ImageManifest
        {
            MediaType = MediaTypes.Manifest,
            Config = configDescriptor,
            Layers = [.. layers.Select(layer => layer.Descriptor with { Annotations = null, Urls = null, Data = null })],
        });
        return images.Put(reference, Add(images.Content, lease, MediaTypes.Manifest, manifestJson));
    }

    private static Descriptor Add(ContentStore store, ContentLease lease, string mediaType, byte[] json)
    {
        lease.Protect(Digest.OfSha256(json));
        return new Descriptor { MediaType = mediaType, Digest = store.Add(json), Size = json.Length };
    }
}
