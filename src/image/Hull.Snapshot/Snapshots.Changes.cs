using Hull.Image;
using Hull.Linux;
using Hull.Snapshot.Archiving;
using Hull.Snapshot.Compression;
using Hull.Snapshot.Packing;
using Hull.Snapshot.Tar;

namespace Hull.Snapshot;

public sealed partial class Snapshots
{
    /// <summary>What a container changed in its image's files, as <c>docker diff</c> lists it.</summary>
    /// <exception cref="HullException">There is no such root, or it cannot be read.</exception>
    public IReadOnlyList<FileChange> Changes(ContainerId key)
    {
        RootFilesystem root = Get(key);
        using FileDescriptor upper = FileTree.OpenRoot(root.Upper ?? root.Path);
        using FileDescriptor lower = Mount(root with { Upper = null, Work = null }, writable: false);
        return UpperChanges.List(upper, lower);
    }

    /// <summary>Packs what a container changed as a layer; the container should not write meanwhile.</summary>
    /// <param name="key">Which container.</param>
    /// <param name="store">Where to.</param>
    /// <param name="lease">Protects the layer until an image names it.</param>
    /// <param name="kind">How to compress.</param>
    /// <exception cref="HullException">There is no such root, it cannot be read, or the store cannot be written.</exception>
    public PackedLayer Commit(ContainerId key, ContentStore store, ContentLease lease, CompressionKind kind)
    {
        RootFilesystem root = Get(key);
        using FileDescriptor upper = FileTree.OpenRoot(root.Upper ?? root.Path);
        return LayerPacker.Pack(store, lease, kind, stream => WriteArchive(upper, stream, isUpper: true));
    }

    /// <summary>Writes everything a stopped container sees as one uncompressed archive, as <c>docker export</c>.</summary>
    /// <exception cref="HullException">There is no such root, it cannot be read, or the target cannot be written.</exception>
    public void Export(ContainerId key, Stream target) =>
        WithMounted(key, writable: false, root => Export(root, target));

    /// <summary>Writes everything below a directory as one uncompressed archive, such as a running container's root.</summary>
    /// <exception cref="HullException">It cannot be read, or the target cannot be written.</exception>
    public static void Export(FileDescriptor root, Stream target) => WriteArchive(root, target, isUpper: false);

    private static void WriteArchive(FileDescriptor root, Stream target, bool isUpper)
    {
        using TarWriter writer = new(target, leaveOpen: true);
        new TreeArchiver(writer, isUpper).WriteBelow(root);
        writer.Finish();
    }
}
