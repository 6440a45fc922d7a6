using System.Text;
using Hull.Linux;
using Hull.Snapshot.Archiving;

namespace Hull.Engine.Files;

/// <summary>Copies between two trees by Docker's rules; no link leads out of either.</summary>
internal static class FileCopier
{
    private const int MaxLinks = 40;

    // What the kernel shows there is not the tree's.
    private static readonly HashSet<string> s_kernels = ["proc", "sys", "dev"];

    /// <summary>Copies one file or directory.</summary>
    /// <returns>Bytes of files.</returns>
    /// <exception cref="HullException">Something cannot be read or written; what was copied stays.</exception>
    internal static long Copy(
        FileDescriptor fromRoot, FilePath from, FileDescriptor toRoot, FilePath to, FileCopyOptions options)
    {
        using FileSource source = FileSource.Open(fromRoot, from, options.FollowsLink);
        TreeCopy copy = new() { KeepsOwners = options.KeepsOwners, LeftOut = LeftOut(source) };
        if (TryOpenDirectory(toRoot, to, out FileDescriptor? directory))
        {
            using (directory)
            {
                CopyInto(copy, source, directory!);
            }

            return copy.Bytes;
        }

        byte[] path = Resolve(toRoot, to, out bool exists);
        if (exists && (to.IsDirectory || source.Directory is not null))
        {
            throw new HullException(ErrorKind.FailedPrecondition, $"'{to.Text}' is no directory.");
        }

        if (to.IsDirectory && source.Directory is null)
        {
            throw new HullException(ErrorKind.NotFound, $"The directory '{to.Text}' does not exist.");
        }

        int slash = path.AsSpan().LastIndexOf((byte)'/');
        FileSource.Check(FileTree.OpenDirectory(toRoot, path.AsSpan(0, Math.Max(slash, 0)), out FileDescriptor? parent), to);
        using (parent)
        {
            CopyAs(copy, source, parent!, path[(slash + 1)..]);
        }

        return copy.Bytes;
    }

    /// <summary>Writes one file or directory as an archive.</summary>
    internal static void Archive(FileDescriptor root, FilePath from, Stream target, FileCopyOptions options)
    {
        using FileSource source = FileSource.Open(root, from, options.FollowsLink);
        if (source.Directory is { } directory)
        {
            TreeArchive.WriteDirectory(directory, from.IsContent ? [] : source.Name, target, LeftOut(source));
        }
        else if (source.File is { } file)
        {
            TreeArchive.WriteFile(file, source.Name, target);
        }
        else
        {
            TreeArchive.WriteName(source.Parent!, source.Name, source.Name, target); // The third of three.
        }
    }

    /// <summary>Makes an archive's files in an existing directory.</summary>
    internal static void Extract(Stream source, FileDescriptor root, FilePath to)
    {
        FileSource.Check(FileTree.OpenDirectory(root, to.Relative, out FileDescriptor? directory), to);
        using (directory)
        {
            TreeArchive.Extract(source, directory!);
        }
    }

    private static HashSet<string> LeftOut(FileSource source) => source.Path.Names.Length == 0 ? s_kernels : [];

    private static bool TryOpenDirectory(FileDescriptor root, FilePath path, out FileDescriptor? directory)
    {
        Errno error = FileTree.OpenDirectory(root, path.Relative, out directory);
        if (error is not (Errno.None or Errno.NoEnt or Errno.NotDir))
        {
            FileSource.Check(error, path);
        }

        return error == Errno.None;
    }

    private static void CopyInto(TreeCopy copy, FileSource source, FileDescriptor directory)
    {
        if (source.Path.IsContent && source.Directory is { } content)
        {
            copy.CopyContent(content, directory, itself: false);
        }
        else
        {
            CopyAs(copy, source, directory, source.Name);
        }
    }

    private static void CopyAs(TreeCopy copy, FileSource source, FileDescriptor parent, byte[] name)
    {
        if (source.Directory is { } directory)
        {
            copy.CopyDirectory(directory, parent, name);
        }
        else if (source.File is { } file)
        {
            copy.CopyFile(file, parent, name);
        }
        else
        {
            copy.CopyName(source.Parent!, source.Name, parent, name); // The third of three.
        }
    }

    // A target that is a link stands for what it leads to, there or not; each step is resolved inside the root again.
    private static byte[] Resolve(FileDescriptor root, FilePath path, out bool exists)
    {
        byte[] place = path.Relative;
        for (int links = 0; links < MaxLinks; links++)
        {
            int slash = Math.Max(place.AsSpan().LastIndexOf((byte)'/'), 0);
            FileSource.Check(FileTree.OpenDirectory(root, place.AsSpan(0, slash), out FileDescriptor? parent), path);
            using (parent)
            {
                byte[] name = place[(slash > 0 ? slash + 1 : 0)..];
                exists = FileTree.Status(parent!, name, out FileStatus status) == Errno.None;
                if (!exists || status.Type != FileStatus.SymbolicLink || FileTree.ReadLink(parent!, name, out byte[] target) != Errno.None)
                {
                    return place;
                }

                place = target.AsSpan().StartsWith("/"u8)
                    ? target.AsSpan().Trim((byte)'/').ToArray()
                    : [.. place[..slash], (byte)'/', .. target.AsSpan().TrimEnd((byte)'/')];
                place = place.AsSpan().TrimStart((byte)'/').ToArray();
            }
        }

        throw new HullException(ErrorKind.FailedPrecondition, $"'{Encoding.UTF8.GetString(path.Relative)}' leads through too many links.");
    }
}
