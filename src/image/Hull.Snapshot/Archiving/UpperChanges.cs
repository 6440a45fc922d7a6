using System.Text;
using Hull.Linux;

namespace Hull.Snapshot.Archiving;

/// <summary>What a container's writable layer changes in the tree below it.</summary>
internal static class UpperChanges
{
    private const int MaxDepth = 500;

    /// <summary>Lists the changes, parents before children, names sorted.</summary>
    /// <param name="upper">The writable layer.</param>
    /// <param name="lower">The merged tree below.</param>
    /// <param name="leftOut">Paths from the root, without a leading slash, that are not listed; nor is what lies below.</param>
    internal static IReadOnlyList<FileChange> List(FileDescriptor upper, FileDescriptor lower, IReadOnlySet<string> leftOut)
    {
        List<FileChange> changes = [];
        Compare(upper, lower, "", changes, 0);
        changes.RemoveAll(change => leftOut.Contains(change.Path[1..]));
        return changes;
    }

    private static void Compare(FileDescriptor upper, FileDescriptor? lower, string path, List<FileChange> changes, int depth)
    {
        if (depth > MaxDepth)
        {
            throw new HullException(ErrorKind.ResourceExhausted, $"The directory '{path}' is nested more than {MaxDepth} deep.");
        }

        IReadOnlyList<byte[]> names = FileTree.Names(upper);
        if (lower is not null && TreeArchiver.IsOpaque(upper))
        {
            AddHidden(names, lower, path, changes);
        }

        foreach (byte[] name in names)
        {
            if (FileTree.Status(upper, name, out FileStatus status) != Errno.None)
            {
                continue;
            }

            string child = $"{path}/{Encoding.UTF8.GetString(name)}";
            FileStatus below = default;
            bool exists = lower is not null && FileTree.Status(lower, name, out below) == Errno.None;
            if (TreeArchiver.IsWhiteout(upper, name, in status))
            {
                changes.Add(new FileChange(ChangeKind.Deleted, child, below.Size));
                continue;
            }

            changes.Add(new FileChange(
                exists ? ChangeKind.Modified : ChangeKind.Added, child, status.Type == FileStatus.Regular ? status.Size : 0));
            if (status.Type == FileStatus.Directory)
            {
                Descend(upper, exists && below.Type == FileStatus.Directory ? lower : null, name, child, changes, depth);
            }
        }
    }

    private static void Descend(
        FileDescriptor upper, FileDescriptor? lower, byte[] name, string path, List<FileChange> changes, int depth)
    {
        Errno error = FileTree.OpenDirectoryName(upper, name, out FileDescriptor? directory);
        if (error != Errno.None)
        {
            throw new LinuxException("openat", path, error);
        }

        using (directory)
        {
            FileDescriptor? below = null;
            if (lower is not null)
            {
                _ = FileTree.OpenDirectoryName(lower, name, out below);
            }

            using (below)
            {
                Compare(directory!, below, path, changes, depth + 1);
            }
        }
    }

    private static void AddHidden(IReadOnlyList<byte[]> kept, FileDescriptor lower, string path, List<FileChange> changes)
    {
        HashSet<byte[]> own = new(kept, Layers.ByteStringComparer.Instance);
        foreach (byte[] name in FileTree.Names(lower))
        {
            if (!own.Contains(name))
            {
                changes.Add(new FileChange(ChangeKind.Deleted, $"{path}/{Encoding.UTF8.GetString(name)}", 0));
            }
        }
    }
}
