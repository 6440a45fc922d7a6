using Hull.Oci.Image;

namespace Hull.Image;

/// <summary>What a manifest or index names.</summary>
internal static class ImageWalk
{
    /// <summary>The content a document in the store names; empty for layers, configurations and anything unreadable.</summary>
    internal static IReadOnlyList<Digest> Children(ContentStore store, Digest digest)
    {
        if (!store.TryGetSize(digest, out long size) || size is 0 or > ImageDocuments.MaxManifestBytes)
        {
            return [];
        }

        byte[] json;
        try
        {
            using FileStream file = store.Open(digest);
            if (file.ReadByte() != '{')
            {
                return [];
            }

            file.Position = 0;
            json = new byte[size];
            file.ReadExactly(json);
        }
        catch (Exception error) when (error is HullException or IOException)
        {
            return [];
        }

        return Children(json);
    }

    private static List<Digest> Children(byte[] json)
    {
        string? type = ImageDocuments.Sniff(json);
        try
        {
            if (MediaTypes.IsIndex(type))
            {
                return [.. ImageDocuments.ReadIndex(json).Manifests.Select(child => child.Digest)];
            }

            if (MediaTypes.IsManifest(type))
            {
                ImageManifest manifest = ImageDocuments.ReadManifest(json);
                return [manifest.Config.Digest, .. manifest.Layers.Select(layer => layer.Digest)];
            }
        }
        catch (HullException)
        {
            // Damaged: it names nothing that could be used.
        }

        return [];
    }
}
