using Hull.Image;
using Hull.Oci.Image;
using Hull.Snapshot.Compression;
using Hull.Snapshot.Packing;

namespace Hull.Snapshot.Tests;

/// <summary>Images made of archives.</summary>
internal static class TestImages
{
    internal static LocalImage Make(ImageStore images, string? name, CompressionKind kind, params byte[][] archives)
    {
        using ContentLease lease = images.Content.Lease();
        List<ImageLayer> layers = [];
        foreach (byte[] archive in archives)
        {
            PackedLayer packed = LayerPacker.Pack(images.Content, lease, kind, stream => stream.Write(archive));
            layers.Add(new ImageLayer(packed.Descriptor, packed.DiffId));
        }

        ImageConfig config = new() { OS = "linux", Architecture = Platform.Host.Architecture, RootFs = new RootFsConfig() };
        return ImageAssembler.Put(images, lease, name is null ? null : ImageReference.Parse(name), config, layers);
    }
}
