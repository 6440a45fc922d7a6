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
    /// <param name="key">Which container.</param>
    /// <param name="mountPoints">Places that were made to mount on, see <see cref="MountPoints"/>; not the container's doing.</param>
    /// <exception cref="HullException">There is no such root, or it cannot be read.</exception>
    public IReadOnlyList<FileChange> Changes(ContainerId key, IReadOnlyList<string>? mountPoints = null)
    {
        RootFilesystem root = Get(key);
        using FileDescriptor upper = FileTree.OpenRoot(root.Upper ?? root.Path);
        using FileDescriptor lower = Mount(root with { Upper = null, Work = null }, writable: false);
        return UpperChanges.List(upper, lower, MountPoints.Of(upper, lower, mountPoints ?? [], onlyAdded: false));
    }

    /// <summary>Packs what a container changed as a layer; the container should not write meanwhile.</summary>
    /// <param name="key">Which container.</param>
    /// <param name="store">Where to.</param>
    /// <param name="lease">Protects the layer until an image names it.</param>
    /// <param name="kind">How to compress.</param>
    /// <param name="mountPoints">Places that were made to mount on, see <see cref="MountPoints"/>; not the container's doing.</param>
    /// <exception cref="HullException">There is no such root, it cannot be read, or the store cannot be written.</exception>
    public PackedLayer Commit(
        ContainerId key, ContentStore store, ContentLease lease, CompressionKind kind, IReadOnlyList<string>? mountPoints = null)
    {
        RootFilesystem root = Get(key);
        using FileDescriptor upper = FileTree.OpenRoot(root.Upper ?? root.Path);
        using FileDescriptor lower = Mount(root with { Upper = null, Work = null }, writable: false);
        IReadOnlySet<string> leftOut = MountPoints.Of(upper, lower, mountPoints ?? [], onlyAdded: false);
        return LayerPacker.Pack(store, lease, kind, stream => WriteArchive(upper, stream, isUpper: true, leftOut));
    }

    /// <summary>Writes everything a stopped container sees as one uncompressed archive, as <c>docker export</c>.</summary>
    /// <param name="key">Which container.</param>
    /// <param name="target">Gets the archive; stays open.</param>
    /// <param name="mountPoints">Places that were made to mount on, see <see cref="MountPoints"/>; not the container's doing.</param>
    /// <exception cref="HullException">There is no such root, it cannot be read, or the target cannot be written.</exception>
    public void Export(ContainerId key, Stream target, IReadOnlyList<string>? mountPoints = null)
    {
        RootFilesystem root = Get(key);
        IReadOnlySet<string> leftOut;
        using (FileDescriptor upper = FileTree.OpenRoot(root.Upper ?? root.Path))
        using (FileDescriptor lower = Mount(root with { Upper = null, Work = null }, writable: false))
        {
            leftOut = MountPoints.Of(upper, lower, mountPoints ?? [], onlyAdded: true);
        }

        WithMounted(key, writable: false, merged => WriteArchive(merged, target, isUpper: false, leftOut));
    }

    /// <summary>Writes everything below a directory as one uncompressed archive, such as a running container's root.</summary>
    /// <exception cref="HullException">It cannot be read, or the target cannot be written.</exception>
    public static void Export(FileDescriptor root, Stream target) => WriteArchive(root, target, isUpper: false, null);

    private static void WriteArchive(FileDescriptor root, Stream target, bool isUpper, IReadOnlySet<string>? leftOut)
    {
        using TarWriter writer = new(target, leaveOpen: true);
        new TreeArchiver(writer, isUpper, leftOut).WriteBelow(root);
        writer.Finish();
    }
}
