using System.Text;
using Hull.Linux;
using Hull.Snapshot.Archiving;

namespace Hull.Snapshot.Files;

/// <summary>Copies between two trees by Docker's rules; no link leads out of either.</summary>
public static class FileCopier
{
    private const int MaxLinks = 40;

    // What the kernel shows there is not the tree's.
    private static readonly HashSet<string> s_kernels = ["proc", "sys", "dev"];

    /// <summary>Copies one file or directory.</summary>
    /// <returns>Bytes of files.</returns>
    /// <exception cref="HullException">Something cannot be read or written; what was copied stays.</exception>
    public static long Copy(
        FileDescriptor fromRoot, FilePath from, FileDescriptor toRoot, FilePath to, FileCopyOptions options)
    {
        ArgumentNullException.ThrowIfNull(to);
        ArgumentNullException.ThrowIfNull(options);
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

        using FileDescriptor parent = OpenParent(toRoot, to, source.Directory is not null, out byte[] name);
        CopyAs(copy, source, parent, name);
        return copy.Bytes;
    }

    /// <summary>Finds where something goes that arrives as an archive, by the rules of <see cref="Copy"/>.</summary>
    /// <param name="root">The tree it goes to.</param>
    /// <param name="to">The path that was asked for.</param>
    /// <param name="arriving">What it is called where it comes from.</param>
    /// <param name="isDirectory">Whether it is a directory.</param>
    /// <param name="isContent">Whether a directory's content is meant, not the directory.</param>
    /// <param name="name">What its entry is to be called; empty when only its content arrives.</param>
    /// <returns>The directory to make the archive's files in.</returns>
    /// <exception cref="HullException">It cannot go there.</exception>
    public static FileDescriptor FindPlace(FileDescriptor root, FilePath to, byte[] arriving, bool isDirectory, bool isContent, out byte[] name)
    {
        ArgumentNullException.ThrowIfNull(to);
        if (TryOpenDirectory(root, to, out FileDescriptor? directory))
        {
            name = isContent && isDirectory ? [] : arriving;
            return directory!;
        }

        return OpenParent(root, to, isDirectory, out name);
    }

    /// <summary>Writes what was found as an archive in which it has another name.</summary>
    /// <param name="source">What.</param>
    /// <param name="name">Its name there; empty for a directory's content alone.</param>
    /// <param name="target">Gets the archive; stays open.</param>
    /// <param name="options">How.</param>
    /// <returns>Bytes of files.</returns>
    /// <exception cref="HullException">It cannot be read, or the target cannot be written.</exception>
    public static long Send(FileSource source, byte[] name, Stream target, FileCopyOptions options)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(options);
        bool asRoot = !options.KeepsOwners;
        return source.Directory is { } directory ? TreeArchive.WriteDirectory(directory, name, target, LeftOut(source), asRoot)
            : source.File is { } file ? TreeArchive.WriteFile(file, name, target, asRoot)
            : TreeArchive.WriteName(source.Parent!, source.Name, name, target, asRoot); // The third of three.
    }

    private static FileDescriptor OpenParent(FileDescriptor root, FilePath to, bool isDirectory, out byte[] name)
    {
        byte[] path = Resolve(root, to, out bool exists);
        if (exists && (to.IsDirectory || isDirectory))
        {
            throw new HullException(ErrorKind.FailedPrecondition, $"'{to.Text}' is no directory.");
        }

        if (to.IsDirectory && !isDirectory)
        {
            throw new HullException(ErrorKind.NotFound, $"The directory '{to.Text}' does not exist.");
        }

        int slash = path.AsSpan().LastIndexOf((byte)'/');
        FileSource.Check(FileTree.OpenDirectory(root, path.AsSpan(0, Math.Max(slash, 0)), out FileDescriptor? parent), to);
        name = path[(slash + 1)..];
        return parent!; // Opened without an error.
    }

    /// <summary>Writes one file or directory as an archive.</summary>
    public static void Archive(FileDescriptor root, FilePath from, Stream target, FileCopyOptions options)
    {
        ArgumentNullException.ThrowIfNull(from);
        ArgumentNullException.ThrowIfNull(options);
        using FileSource source = FileSource.Open(root, from, options.FollowsLink);
        _ = Send(source, from.IsContent && source.Directory is not null ? [] : source.Name, target, new FileCopyOptions { KeepsOwners = true });
    }

    /// <summary>Makes an archive's files in an existing directory.</summary>
    public static void Extract(Stream source, FileDescriptor root, FilePath to)
    {
        using FileDescriptor directory = OpenDirectory(root, to);
        TreeArchive.Extract(source, directory);
    }

    /// <summary>Opens an existing directory.</summary>
    /// <exception cref="HullException">There is none.</exception>
    public static FileDescriptor OpenDirectory(FileDescriptor root, FilePath path)
    {
        ArgumentNullException.ThrowIfNull(path);
        FileSource.Check(FileTree.OpenDirectory(root, path.Relative, out FileDescriptor? directory), path);
        return directory!; // Opened without an error.
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
