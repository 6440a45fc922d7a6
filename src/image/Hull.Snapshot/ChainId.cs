using System.Text;
using Hull.Image;

namespace Hull.Snapshot;

/// <summary>Names a stack of layers by what is in it. Source: OCI image specification, config.md, "Layer ChainID".</summary>
public static class ChainId
{
    /// <summary>The name of one more layer on a stack.</summary>
    /// <param name="below">The stack below; null for the lowest layer.</param>
    /// <param name="diffId">Digest of the layer's uncompressed archive.</param>
    public static Digest On(Digest? below, Digest diffId) =>
        below is Digest stack ? Digest.OfSha256(Encoding.ASCII.GetBytes($"{stack} {diffId}")) : diffId;

    /// <summary>The name of an image's whole stack; null for an image without layers.</summary>
    public static Digest? Of(LocalImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        return AllOf(image.Layers) is [.., Digest top] ? top : null;
    }

    /// <summary>The names of all stacks of an image, from that of its lowest layer alone up to the whole.</summary>
    public static Digest[] AllOf(IReadOnlyList<ImageLayer> layers)
    {
        ArgumentNullException.ThrowIfNull(layers);
        var chain = new Digest[layers.Count];
        for (int i = 0; i < chain.Length; i++)
        {
            chain[i] = On(i == 0 ? null : chain[i - 1], layers[i].DiffId);
        }

        return chain;
    }
}
