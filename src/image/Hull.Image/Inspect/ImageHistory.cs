using Hull.Oci.Image;

namespace Hull.Image;

/// <summary>Puts an image's history beside its layers.</summary>
public static class ImageHistory
{
    /// <summary>The steps, last one first. Layers that the history does not explain stand in it without a command.</summary>
    /// <remarks>
    /// Source: OCI image specification 1.1, config.md, "history": the entries that are no empty layers stand for the layers
    /// in order. An image that breaks this is shown as far as it goes, never refused.
    /// </remarks>
    public static IReadOnlyList<HistoryRow> Of(LocalImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        List<HistoryRow> rows = [];
        int next = 0;
        foreach (HistoryEntry? entry in image.Config.History ?? [])
        {
            if (entry is null)
            {
                continue;
            }

            ImageLayer? layer = entry.EmptyLayer || next >= image.Layers.Count ? null : image.Layers[next++];
            rows.Add(new HistoryRow(
                entry.Created, entry.CreatedBy ?? "", layer?.Descriptor.Size ?? 0, entry.Comment ?? "", layer?.DiffId));
        }

        foreach (ImageLayer layer in image.Layers.Skip(next))
        {
            rows.Add(new HistoryRow(image.Config.Created, "", layer.Descriptor.Size, "", layer.DiffId));
        }

        rows.Reverse();
        return rows;
    }
}
