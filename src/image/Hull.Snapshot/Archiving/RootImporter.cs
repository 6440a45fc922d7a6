using Hull.Image;
using Hull.Oci.Image;
using Hull.Snapshot.Compression;
using Hull.Snapshot.Packing;
using Hull.Snapshot.Tar;

namespace Hull.Snapshot.Archiving;

/// <summary>Makes images of archives of whole roots, and of what containers changed.</summary>
public static class RootImporter
{
    /// <summary>Makes an image with one layer of an archive, as <c>docker import</c>.</summary>
    /// <param name="images">Where to.</param>
    /// <param name="source">The archive, plain or compressed with gzip or zstd; read to its end.</param>
    /// <param name="reference">The image's name; null for none.</param>
    /// <param name="config">The configuration without layers: how to run it, when it was made.</param>
    /// <param name="kind">How to compress the layer.</param>
    /// <exception cref="HullException">The archive is damaged, or the store cannot be written.</exception>
    public static LocalImage Import(
        ImageStore images, Stream source, ImageReference? reference, ImageConfig config, CompressionKind kind)
    {
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(config);
        using ContentLease lease = images.Content.Lease();
        PackedLayer layer = LayerPacker.Pack(images.Content, lease, kind, target =>
        {
            // The bytes are kept as they are; reading them through the reader shows that they are an archive.
            using TarReader reader = new(new CopyingReadStream(Decompression.Open(source, out _), target), null, leaveOpen: true);
            while (reader.MoveNext())
            {
            }
        });
        return ImageAssembler.Put(images, lease, reference, config, [new ImageLayer(layer.Descriptor, layer.DiffId)]);
    }

    /// <summary>Makes an image of a container's image and what the container changed, as <c>docker commit</c>.</summary>
    /// <param name="snapshots">Where the container's root is.</param>
    /// <param name="key">Which container; it should not write meanwhile.</param>
    /// <param name="images">Where to.</param>
    /// <param name="parent">The container's image; null for a container without one.</param>
    /// <param name="reference">The new image's name; null for none.</param>
    /// <param name="config">The new image's configuration, its history with the new entry; the layers are filled in.</param>
    /// <param name="kind">How to compress the layer.</param>
    /// <param name="mountPoints">Places that were made to mount on, see <see cref="MountPoints"/>; not the container's doing.</param>
    /// <exception cref="HullException">The root cannot be read, or the store cannot be written.</exception>
    public static LocalImage Commit(
        Snapshots snapshots, ContainerId key, ImageStore images, LocalImage? parent,
        ImageReference? reference, ImageConfig config, CompressionKind kind, IReadOnlyList<string>? mountPoints = null)
    {
        ArgumentNullException.ThrowIfNull(snapshots);
        ArgumentNullException.ThrowIfNull(images);
        using ContentLease lease = images.Content.Lease();
        foreach (ImageLayer layer in parent?.Layers ?? [])
        {
            lease.Protect(layer.Descriptor.Digest);
        }

        PackedLayer top = snapshots.Commit(key, images.Content, lease, kind, mountPoints);
        return ImageAssembler.Put(
            images, lease, reference, config, [.. parent?.Layers ?? [], new ImageLayer(top.Descriptor, top.DiffId)]);
    }

    private sealed class CopyingReadStream(Stream source, Stream copy) : ReadOnlyStream
    {
        /// <inheritdoc/>
        public override int Read(Span<byte> buffer)
        {
            int length = source.Read(buffer);
            copy.Write(buffer[..length]);
            return length;
        }
    }
}
