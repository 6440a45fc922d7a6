using Hull.Linux;
using Hull.Snapshot.Compression;
using Hull.Snapshot.Layers;
using Hull.Snapshot.Tar;

namespace Hull.Snapshot.Archiving;

/// <summary>Archives of parts of a tree that is in use: no link on the way out or in is followed.</summary>
public static class TreeArchive
{
    private const int ThreadStackBytes = 4 * 1024 * 1024;

    /// <summary>Writes one file or directory, with everything below it, as an uncompressed archive.</summary>
    /// <param name="parent">Where it is.</param>
    /// <param name="name">What it is called there.</param>
    /// <param name="entry">What it is called in the archive.</param>
    /// <param name="target">Gets the archive; stays open.</param>
    /// <param name="asRoot">Whether everything in it belongs to root.</param>
    /// <returns>Bytes of files.</returns>
    /// <exception cref="HullException">Something cannot be read, or the target cannot be written.</exception>
    public static long WriteName(FileDescriptor parent, byte[] name, byte[] entry, Stream target, bool asRoot = false)
    {
        using TarWriter writer = new(target, leaveOpen: true);
        TreeArchiver archiver = new(writer, isUpper: false) { IsAsRoot = asRoot };
        archiver.WriteName(parent, name, entry);
        writer.Finish();
        return archiver.Bytes;
    }

    /// <summary>Writes an open directory under a name, or its content without a name, as an uncompressed archive.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="entry">What it is called in the archive; empty for the content alone.</param>
    /// <param name="target">Gets the archive; stays open.</param>
    /// <param name="leftOut">Paths from the directory that are not written.</param>
    /// <param name="asRoot">Whether everything in it belongs to root.</param>
    /// <returns>Bytes of files.</returns>
    /// <exception cref="HullException">Something cannot be read, or the target cannot be written.</exception>
    public static long WriteDirectory(
        FileDescriptor directory, byte[] entry, Stream target, IReadOnlySet<string> leftOut, bool asRoot = false)
    {
        using TarWriter writer = new(target, leaveOpen: true);
        TreeArchiver archiver = new(writer, isUpper: false, leftOut) { IsAsRoot = asRoot };
        archiver.WriteDirectory(directory, entry);
        writer.Finish();
        return archiver.Bytes;
    }

    /// <summary>Writes an open regular file under a name as an uncompressed archive.</summary>
    /// <exception cref="HullException">It cannot be read, or the target cannot be written.</exception>
    public static long WriteFile(FileDescriptor file, byte[] entry, Stream target, bool asRoot = false)
    {
        using TarWriter writer = new(target, leaveOpen: true);
        TreeArchiver archiver = new(writer, isUpper: false) { IsAsRoot = asRoot };
        archiver.WriteFile(file, entry);
        writer.Finish();
        return archiver.Bytes;
    }

    /// <summary>Makes the files of an archive in a directory, with the owners the archive names.</summary>
    /// <param name="source">The archive, plain or compressed with gzip or zstd; read to its end.</param>
    /// <param name="directory">Where to; nothing outside it is touched.</param>
    /// <exception cref="HullException">The archive is damaged or hostile, or the disk is full; what was made stays.</exception>
    public static void Extract(Stream source, FileDescriptor directory)
    {
        ArgumentNullException.ThrowIfNull(source);
        using Stream plain = Decompression.Open(source, out _);
        ExtractPlain(plain, directory);
    }

    /// <summary>As <see cref="Extract"/>, for an archive that is known not to be compressed.</summary>
    /// <exception cref="HullException">The archive is damaged or hostile, or the disk is full; what was made stays.</exception>
    public static void ExtractPlain(Stream plain, FileDescriptor directory)
    {
        Exception? failure = null;

        // The writer changes its thread's file mode mask.
        Thread thread = new(
            () =>
            {
                try
                {
                    using TarReader reader = new(plain, null, leaveOpen: true);
                    using LayerWriter writer = new(directory, new UnpackOptions { IsPlain = true });
                    writer.WriteAll(reader);
                }
                catch (Exception error)
                {
                    failure = error;
                }
            },
            ThreadStackBytes)
        {
            Name = "hull-extract",
            IsBackground = true,
        };
        thread.Start();
        thread.Join();
        switch (failure)
        {
            case null:
                return;
            case HullException:
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
                return;
            default:
                throw new HullException(ErrorKind.Internal, "The archive cannot be read.", failure);
        }
    }
}
