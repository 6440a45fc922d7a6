using Hull.Linux;
using Hull.Snapshot.Block;

namespace Hull.Snapshot;

/// <content>A stack's files as a disk, for machines.</content>
public sealed partial class Snapshots
{
    private const string DiskFile = "root.qcow2";

    private string BlocksDirectory => Path.Combine(Root, "blocks");

    /// <summary>Where a container's own layer lies when its root is a disk; not made here.</summary>
    public string DiskOf(ContainerId key) => Path.Combine(ContainerPath(key), DiskFile);

    /// <summary>Makes sure of the disk below a container's own: its image's files in an ext4 file system, once for each stack.</summary>
    /// <param name="key">Which container; it keeps the disk from being pruned.</param>
    /// <returns>The disk's file, which nobody writes to.</returns>
    /// <exception cref="HullException">There is no such root or no <c>mkfs.ext4</c>, or the disk is full; nothing of it stays.</exception>
    public string MakeBlockImage(ContainerId key)
    {
        List<Digest> chain = ReadContainerChain(ContainerPath(key));
        if (chain.Count == 0)
        {
            throw new HullException(ErrorKind.InvalidArgument, "An image without layers cannot be a disk: use '--vm-root share'.");
        }

        string target = BlockPath(chain[0].Hex);
        if (File.Exists(target))
        {
            return target;
        }

        using FileLock use = FileLock.Shared(UseLock);
        using FileLock one = FileLock.Exclusive(Path.Combine(_locks, "block-" + chain[0].Hex[..2]));
        if (File.Exists(target))
        {
            return target;
        }

        string staged = NewStagingPath();
        try
        {
            Run("The image's disk cannot be made", () =>
            {
                Directory.CreateDirectory(BlocksDirectory, OwnerOnly);
                Directory.CreateDirectory(staged, OwnerOnly);
            });

            // The empty layer below makes it an overlay also where there is one layer: what marks layers is hidden then.
            string[] layers = [.. chain.Select(LayerPath), _empty];
            string file = Path.Combine(staged, "disk");
            BlockImage.Make(staged, file, chain.Sum(id => BytesOf(id.Hex)), place => DetachedOverlay.Mount(layers, null, null, place));
            Check(RenameNew(file, target), target);
            DirectorySync.Flush(BlocksDirectory);
            return target;
        }
        finally
        {
            RemoveDirectory(staged);
        }
    }

    /// <summary>Lends a directory for work, on the file system of the roots; it is gone afterwards, whatever dies.</summary>
    public void WithStaging(Action<string> use)
    {
        ArgumentNullException.ThrowIfNull(use);
        using FileLock shared = FileLock.Shared(UseLock);
        string staged = NewStagingPath();
        Run("A directory for work cannot be made", () => Directory.CreateDirectory(staged, OwnerOnly));
        try
        {
            use(staged);
        }
        finally
        {
            RemoveDirectory(staged);
        }
    }

    private string BlockPath(string hex) => Path.Combine(BlocksDirectory, hex + ".ext4");
}
