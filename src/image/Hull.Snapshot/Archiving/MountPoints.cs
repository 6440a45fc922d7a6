using System.Text;
using Hull.Linux;

namespace Hull.Snapshot.Archiving;

/// <summary>Empty files and directories in a writable layer that a runtime made to mount something on.</summary>
/// <remarks>They are nobody's change: Docker hides its own below the container's layer, Hull leaves them out of lists and archives.</remarks>
public static class MountPoints
{
    /// <summary>Those of the given places that hold nothing.</summary>
    /// <param name="upper">The writable layer.</param>
    /// <param name="lower">The merged tree below it.</param>
    /// <param name="candidates">Absolute paths, a directory after what lies in it.</param>
    /// <param name="onlyAdded">Whether a directory that the tree below has too is never meant.</param>
    /// <returns>Paths from the root, without a leading slash.</returns>
    internal static IReadOnlySet<string> Of(
        FileDescriptor upper, FileDescriptor lower, IReadOnlyList<string> candidates, bool onlyAdded)
    {
        HashSet<string> found = new(StringComparer.Ordinal);
        foreach (string candidate in candidates)
        {
            string path = candidate.TrimStart('/');
            if (!TryFind(upper, path, out FileStatus status))
            {
                continue;
            }

            bool isBelow = TryFind(lower, path, out FileStatus below);
            bool isMountPoint = status.Type switch
            {
                FileStatus.Regular => status.Size == 0 && !isBelow,
                FileStatus.Directory => IsEmptyBut(upper, path, found) && (!isBelow || (!onlyAdded && LooksAlike(in status, in below))),
                _ => false,
            };
            if (isMountPoint)
            {
                found.Add(path);
            }
        }

        return found;
    }

    private static bool LooksAlike(in FileStatus one, in FileStatus other) =>
        one.Mode == other.Mode && one.Uid == other.Uid && one.Gid == other.Gid;

    private static bool IsEmptyBut(FileDescriptor upper, string path, HashSet<string> known)
    {
        if (!TryOpen(upper, path.Split('/'), out FileDescriptor? directory))
        {
            return false;
        }

        using (directory)
        {
            return !TreeArchiver.IsOpaque(directory!)
                && FileTree.Names(directory!).All(name => known.Contains($"{path}/{Encoding.UTF8.GetString(name)}"));
        }
    }

    // Name by name: a link on the way means another place.
    private static bool TryFind(FileDescriptor root, string path, out FileStatus status)
    {
        status = default;
        string[] names = path.Split('/');
        if (!TryOpen(root, names.AsSpan(..^1), out FileDescriptor? parent))
        {
            return false;
        }

        using (parent)
        {
            return FileTree.Status(parent!, Encoding.UTF8.GetBytes(names[^1]), out status) == Errno.None;
        }
    }

    private static bool TryOpen(FileDescriptor root, ReadOnlySpan<string> names, out FileDescriptor? directory)
    {
        Errno error = FileTree.OpenDirectory(root, default, out directory);
        foreach (string name in names)
        {
            if (error != Errno.None)
            {
                return false;
            }

            using FileDescriptor parent = directory!;
            error = FileTree.OpenDirectoryName(parent, Encoding.UTF8.GetBytes(name), out directory);
        }

        return error == Errno.None;
    }
}
