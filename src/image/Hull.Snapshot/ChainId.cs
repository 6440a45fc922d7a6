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
        Digest? chain = null;
        foreach (ImageLayer layer in image.Layers)
        {
            chain = On(chain, layer.DiffId);
        }

        return chain;
    }
}
