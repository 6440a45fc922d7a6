using System.Text;
using Hull.Linux;
using Hull.Snapshot.Tar;

namespace Hull.Snapshot.Archiving;

/// <summary>Writes a directory tree as an archive, names sorted, so that the same tree gives the same bytes.</summary>
/// <remarks>
/// With <paramref name="isUpper"/> the tree is overlay's writable layer, and its marks become OCI whiteouts. Sockets are
/// left out: they mean nothing elsewhere. Not thread-safe.
/// </remarks>
/// <param name="writer">Where to; the caller finishes it.</param>
/// <param name="isUpper">Whether overlay's marks are translated.</param>
/// <param name="leftOut">Paths from the root, without a leading slash, that are not written; nor is what lies below.</param>
internal sealed class TreeArchiver(TarWriter writer, bool isUpper, IReadOnlySet<string>? leftOut = null)
{
    private const int MaxDepth = 500;
    private const int BufferBytes = 512 * 1024;

    // A hole smaller than this costs less as zeros than as a line of a sparse map.
    private const long MinHoleBytes = 64 * 1024;

    private readonly Dictionary<(ulong Device, ulong Inode), byte[]> _links = [];
    private readonly byte[] _buffer = new byte[BufferBytes];

    /// <summary>Whether everything belongs to root, whoever owns it here.</summary>
    internal bool IsAsRoot { get; init; }

    /// <summary>Bytes of files so far; holes do not count.</summary>
    internal long Bytes { get; private set; }

    /// <summary>Writes everything below a directory, not the directory itself.</summary>
    /// <exception cref="HullException">Something cannot be read, or is nested too deeply.</exception>
    internal void WriteBelow(FileDescriptor root) => WriteDirectory(root, [], 0);

    /// <summary>Writes one file or directory, with everything below it, under a name of its own.</summary>
    /// <exception cref="HullException">Something cannot be read, or is nested too deeply.</exception>
    internal void WriteName(FileDescriptor parent, byte[] name, byte[] path)
    {
        Check(FileTree.Status(parent, name, out FileStatus status), name);
        WriteEntry(parent, name, path, in status, 0);
    }

    /// <summary>Writes an open directory under a name of its own; only its content when the name is empty.</summary>
    /// <exception cref="HullException">Something cannot be read, or is nested too deeply.</exception>
    internal void WriteDirectory(FileDescriptor directory, byte[] path)
    {
        if (path.Length > 0)
        {
            Check(FileTree.Status(directory, out FileStatus status), path);
            writer.WriteHeader(HeaderOf(path, in status, [], AttributesOf(directory)));
        }

        WriteDirectory(directory, path, 0);
    }

    /// <summary>Writes an open regular file under a name.</summary>
    /// <exception cref="HullException">It cannot be read.</exception>
    internal void WriteFile(FileDescriptor file, byte[] path)
    {
        Check(FileTree.Status(file, out FileStatus status), path);
        WriteContent(file, HeaderOf(path, in status, [], AttributesOf(file)), in status);
    }

    private void WriteDirectory(FileDescriptor directory, byte[] path, int depth)
    {
        if (depth > MaxDepth)
        {
            throw new HullException(
                ErrorKind.ResourceExhausted, $"The directory '/{Encoding.UTF8.GetString(path)}' is nested more than {MaxDepth} deep.");
        }

        foreach (byte[] name in FileTree.Names(directory))
        {
            Errno error = FileTree.Status(directory, name, out FileStatus status);
            if (error == Errno.NoEnt)
            {
                // Removed since the directory was read, by a container that still runs.
                continue;
            }

            Check(error, name);
            byte[] child = path.Length == 0 ? name : [.. path, (byte)'/', .. name];
            if (leftOut is { Count: > 0 } && leftOut.Contains(Encoding.UTF8.GetString(child)))
            {
                continue;
            }

            if (isUpper && IsWhiteout(directory, name, in status))
            {
                WriteMark(path, [.. ".wh."u8, .. name]);
            }
            else if (status.Type != FileStatus.Socket)
            {
                WriteEntry(directory, name, child, in status, depth);
            }
        }
    }

    private void WriteEntry(FileDescriptor parent, byte[] name, byte[] path, in FileStatus status, int depth)
    {
        TarHeader header = HeaderOf(parent, name, path, in status);
        if (status.Type != FileStatus.Directory && status.Links > 1)
        {
            if (_links.TryGetValue((status.Device, status.Inode), out byte[]? first))
            {
                writer.WriteHeader(header with { Type = TarEntryType.HardLink, LinkTarget = first, Attributes = [], Size = 0 });
                return;
            }

            _links.Add((status.Device, status.Inode), path);
        }

        switch (status.Type)
        {
            case FileStatus.Regular:
                WriteFile(parent, name, header, in status);
                break;
            case FileStatus.Directory:
                writer.WriteHeader(header);
                Check(FileTree.OpenDirectoryName(parent, name, out FileDescriptor? directory), name);
                using (directory)
                {
                    if (isUpper && IsOpaque(directory!))
                    {
                        WriteMark(path, ".wh..wh..opq"u8.ToArray());
                    }

                    WriteDirectory(directory!, path, depth + 1);
                }

                break;
            default:
                writer.WriteHeader(header);
                break;
        }
    }

    private void WriteFile(FileDescriptor parent, byte[] name, TarHeader header, in FileStatus status)
    {
        Errno error = FileTree.OpenRegular(parent, name, out FileDescriptor? file);
        if (error is Errno.NoEnt or Errno.Inval)
        {
            // Removed or swapped for something else by a container that still runs.
            return;
        }

        Check(error, name);
        using (file)
        {
            WriteContent(file!, header, in status);
        }
    }

    private void WriteContent(FileDescriptor file, TarHeader header, in FileStatus status)
    {
        IReadOnlyList<TarExtent>? extents = status.Size - status.AllocatedBytes >= MinHoleBytes
            ? ExtentsOf(file, status.Size)
            : null;
        writer.WriteHeader(header with { Extents = extents });
        foreach (TarExtent extent in extents ?? [new TarExtent(0, status.Size)])
        {
            CopyExtent(file, extent);
        }
    }

    // A file that shrinks under our hands is filled with zeros: its header is written already.
    private void CopyExtent(FileDescriptor file, TarExtent extent)
    {
        long done = 0;
        while (done < extent.Length)
        {
            Span<byte> part = _buffer.AsSpan(0, (int)Math.Min(BufferBytes, extent.Length - done));
            int length = FileTree.ReadAt(file, part, extent.Offset + done);
            if (length == 0)
            {
                part.Clear();
                length = part.Length;
            }

            writer.WriteBody(part[..length]);
            done += length;
            Bytes += length;
        }
    }

    private static List<TarExtent> ExtentsOf(FileDescriptor file, long size)
    {
        List<TarExtent> extents = [];
        long offset = 0;
        while (offset < size && FileTree.TryNextData(file, offset, size, out long start, out long end))
        {
            extents.Add(new TarExtent(start, end - start));
            offset = end;
        }

        if (offset < size)
        {
            // GNU tar takes the end of the last run for the end of the file.
            extents.Add(new TarExtent(size, 0));
        }

        return extents;
    }

    private TarHeader HeaderOf(FileDescriptor parent, byte[] name, byte[] path, in FileStatus status)
    {
        byte[] target = [];
        if (status.Type == FileStatus.SymbolicLink)
        {
            Check(FileTree.ReadLink(parent, name, out target), name);
        }

        return HeaderOf(path, in status, target, AttributesOf(parent, name, path));
    }

    private TarHeader HeaderOf(
        byte[] path, in FileStatus status, byte[] target, List<KeyValuePair<byte[], byte[]>> attributes) => new()
        {
            Path = path,
            Type = TypeOf(in status),
            LinkTarget = target,
            Mode = status.Permissions,
            Uid = IsAsRoot ? 0 : status.Uid,
            Gid = IsAsRoot ? 0 : status.Gid,
            Size = status.Type == FileStatus.Regular ? status.Size : 0,
            Modified = status.Modified,
            DeviceMajor = status.DeviceMajor,
            DeviceMinor = status.DeviceMinor,
            Attributes = attributes,
        };

    // Of something open in a merged tree: overlay shows none of its own there.
    private static List<KeyValuePair<byte[], byte[]>> AttributesOf(FileDescriptor file)
    {
        List<KeyValuePair<byte[], byte[]>> attributes = [];
        foreach (byte[] attribute in FileTree.AttributeNames(file))
        {
            if (FileTree.ReadAttribute(file, attribute, out byte[] value) == Errno.None)
            {
                attributes.Add(new(attribute, value));
            }
        }

        return attributes;
    }

    private static List<KeyValuePair<byte[], byte[]>> AttributesOf(FileDescriptor parent, byte[] name, byte[] path)
    {
        List<KeyValuePair<byte[], byte[]>> attributes = [];
        foreach (byte[] attribute in FileTree.AttributeNames(parent, name))
        {
            if (attribute.AsSpan().SequenceEqual("trusted.overlay.redirect"u8)
                || attribute.AsSpan().SequenceEqual("trusted.overlay.metacopy"u8))
            {
                // Its content is elsewhere; leaving that out would lose data without a word.
                throw new HullException(
                    ErrorKind.FailedPrecondition,
                    $"'/{Encoding.UTF8.GetString(path)}' was renamed or changed with an overlay feature that archives cannot express.");
            }

            if (!attribute.AsSpan().StartsWith("trusted.overlay."u8)
                && !attribute.AsSpan().StartsWith("user.overlay."u8)
                && FileTree.ReadAttribute(parent, name, attribute, out byte[] value) == Errno.None)
            {
                attributes.Add(new(attribute, value));
            }
        }

        return attributes;
    }

    private void WriteMark(byte[] parent, byte[] name) => writer.WriteHeader(new TarHeader
    {
        Path = parent.Length == 0 ? name : [.. parent, (byte)'/', .. name],
        Type = TarEntryType.File,
    });

    /// <summary>Whether a name of overlay's writable layer hides the one below.</summary>
    internal static bool IsWhiteout(FileDescriptor directory, byte[] name, in FileStatus status) =>
        status.IsWhiteout
        || (status.Type == FileStatus.Regular && status.Size == 0
            && FileTree.ReadAttribute(directory, name, "trusted.overlay.whiteout"u8, out _) == Errno.None);

    /// <summary>Whether a directory of overlay's writable layer hides everything in those below.</summary>
    internal static bool IsOpaque(FileDescriptor directory) =>
        (FileTree.ReadAttribute(directory, default, "trusted.overlay.opaque"u8, out byte[] value) == Errno.None && value is [(byte)'y'])
        || (FileTree.ReadAttribute(directory, default, "user.overlay.opaque"u8, out value) == Errno.None && value is [(byte)'y']);

    private static TarEntryType TypeOf(in FileStatus status) => status.Type switch
    {
        FileStatus.Directory => TarEntryType.Directory,
        FileStatus.SymbolicLink => TarEntryType.SymbolicLink,
        FileStatus.CharacterDevice => TarEntryType.CharacterDevice,
        FileStatus.BlockDevice => TarEntryType.BlockDevice,
        FileStatus.Fifo => TarEntryType.Fifo,
        _ => TarEntryType.File,
    };

    private static void Check(Errno error, byte[] name)
    {
        if (error != Errno.None)
        {
            throw new LinuxException("openat2", Encoding.UTF8.GetString(name), error);
        }
    }
}
