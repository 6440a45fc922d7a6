using Hull.Oci.Image;

namespace Hull.Image;

/// <summary>Puts a manifest's layers beside the configuration's.</summary>
internal static class ImageLayers
{
    internal static IReadOnlyList<ImageLayer> Of(ImageManifest manifest, ImageConfig config)
    {
        if (manifest.Layers.Count != config.RootFs.DiffIds.Count)
        {
            throw new HullException(
                ErrorKind.DataLoss,
                $"The image '{manifest.Config.Digest}' is damaged: its manifest has {manifest.Layers.Count} layers and its configuration {config.RootFs.DiffIds.Count}.");
        }

        foreach (Descriptor layer in manifest.Layers)
        {
            if (!MediaTypes.IsLayer(layer.MediaType))
            {
                throw new HullException(
                    ErrorKind.Unimplemented, $"The layer '{layer.Digest}' is of the type '{layer.MediaType}', which is no layer Hull can unpack.");
            }
        }

        return [.. manifest.Layers.Zip(config.RootFs.DiffIds, (layer, diffId) => new ImageLayer(layer, diffId))];
    }
}
