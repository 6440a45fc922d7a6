using Hull.Linux;

namespace Hull.Snapshot.Files;

/// <summary>What is copied: an open directory, an open file, or anything else by its name in an open directory.</summary>
public sealed class FileSource : IDisposable
{
    private FileSource(FilePath path) => Path = path;

    /// <summary>The path it was found by.</summary>
    public FilePath Path { get; }

    /// <summary>The directory that is copied; null for anything else.</summary>
    public FileDescriptor? Directory { get; private init; }

    /// <summary>The file that a link led to; null when there was no link.</summary>
    public FileDescriptor? File { get; private init; }

    /// <summary>Where the name is that is copied, when neither of the others is set.</summary>
    public FileDescriptor? Parent { get; private init; }

    /// <summary>The last part of the path; the copy's name in a directory.</summary>
    public byte[] Name => Path.Names.Length == 0 ? [] : Path.Name;

    /// <summary>Finds it.</summary>
    /// <param name="root">Where <c>/</c> is; no link leads out of it.</param>
    /// <param name="path">The path.</param>
    /// <param name="follow">Whether a symbolic link at the end is followed.</param>
    /// <exception cref="HullException">It is not there, or not of the kind the path asks for.</exception>
    public static FileSource Open(FileDescriptor root, FilePath path, bool follow)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (path.IsDirectory)
        {
            Check(FileTree.OpenDirectory(root, path.Relative, out FileDescriptor? named), path);
            return new FileSource(path) { Directory = named };
        }

        ArgumentNullException.ThrowIfNull(root);
        Check(FileTree.OpenPlace(root, path.Relative, follow, out FileDescriptor? place), path);
        using (place)
        {
            Check(FileTree.Status(place!, out FileStatus status), path);
            if (status.Type == FileStatus.Directory)
            {
                Check(FileTree.OpenDirectory(root, path.Relative, out FileDescriptor? directory), path);
                return new FileSource(path) { Directory = directory };
            }

            if (follow && status.Type == FileStatus.Regular)
            {
                Check(FileTree.Reopen(place!, out FileDescriptor? file), path);
                return new FileSource(path) { File = file };
            }
        }

        Check(FileTree.OpenDirectory(root, path.Parent, out FileDescriptor? parent), path);
        return new FileSource(path) { Parent = parent };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Directory?.Dispose();
        File?.Dispose();
        Parent?.Dispose();
    }

    internal static void Check(Errno error, FilePath path)
    {
        if (error != Errno.None)
        {
            throw new HullException(LinuxException.KindOf(error), $"'{path.Text}': {LinuxException.TextOf(error).ToLowerInvariant()}.");
        }
    }
}
