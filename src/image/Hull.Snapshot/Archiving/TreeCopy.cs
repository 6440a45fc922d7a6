using System.Text;
using Hull.Linux;

namespace Hull.Snapshot.Archiving;

/// <summary>Copies files from one directory into another, both by descriptor: no link on either side is followed.</summary>
/// <remarks>
/// Directories merge, other files replace what has their name; a directory never replaces a file nor a file a directory.
/// Keeps modes, times, attributes, hard links, holes and devices; sockets are left out. Whoever shares a tree may change
/// it meanwhile: the copy may then miss something, but never leaves the two trees. Not thread-safe.
/// </remarks>
public sealed class TreeCopy
{
    private const int MaxDepth = 500;
    private const int BufferBytes = 256 * 1024;
    private const uint OwnerAll = 0x1C0;
    private const uint OwnerReadWrite = 0x180;

    // Bounds the open files while hard links are outstanding; a file beyond it is copied once for each of its names.
    private const int MaxOpenLinks = 512;

    private readonly Dictionary<(ulong Device, ulong Inode), FileDescriptor> _links = [];
    private readonly byte[] _buffer = new byte[BufferBytes];

    /// <summary>Whether copies belong to whom the originals belong; to this process's user otherwise.</summary>
    public bool KeepsOwners { get; init; } = true;

    /// <summary>Names of the first directory that are not copied.</summary>
    public IReadOnlySet<string> LeftOut { get; init; } = new HashSet<string>();

    /// <summary>Bytes of files copied so far.</summary>
    public long Bytes { get; private set; }

    /// <summary>Copies everything in a directory into another, and the directory's owner, mode and time if asked.</summary>
    /// <param name="from">Whose content.</param>
    /// <param name="to">Where to.</param>
    /// <param name="itself">Whether the directory itself becomes as the original too.</param>
    /// <exception cref="HullException">Something cannot be read or written; what was copied stays.</exception>
    public void CopyContent(FileDescriptor from, FileDescriptor to, bool itself)
    {
        try
        {
            CopyDirectory(from, to, 0);
            if (itself)
            {
                Check(FileTree.Status(from, out FileStatus status), []);
                Finish(from, to, in status);
            }
        }
        finally
        {
            Forget();
        }
    }

    /// <summary>Copies one file or directory under a name of its own.</summary>
    /// <exception cref="HullException">Something cannot be read or written; what was copied stays.</exception>
    public void CopyName(FileDescriptor from, byte[] name, FileDescriptor to, byte[] newName)
    {
        try
        {
            Check(FileTree.Status(from, name, out FileStatus status), name);
            CopyOne(from, name, to, newName, in status, 0);
        }
        finally
        {
            Forget();
        }
    }

    /// <summary>Copies an open directory under a name; a directory of that name gets the content in addition.</summary>
    /// <exception cref="HullException">Something cannot be read or written; what was copied stays.</exception>
    public void CopyDirectory(FileDescriptor directory, FileDescriptor to, byte[] newName)
    {
        try
        {
            Check(FileTree.Status(directory, out FileStatus status), newName);
            CopyOpen(directory, to, newName, in status, 0);
        }
        finally
        {
            Forget();
        }
    }

    /// <summary>Copies an open regular file under a name.</summary>
    /// <exception cref="HullException">It cannot be read or written.</exception>
    public void CopyFile(FileDescriptor file, FileDescriptor to, byte[] newName)
    {
        Check(FileTree.Status(file, out FileStatus status), newName);
        WriteFile(file, to, newName, in status);
    }

    private void CopyDirectory(FileDescriptor from, FileDescriptor to, int depth)
    {
        if (depth > MaxDepth)
        {
            throw new HullException(ErrorKind.ResourceExhausted, $"The directory to copy is nested more than {MaxDepth} deep.");
        }

        foreach (byte[] name in FileTree.Names(from))
        {
            Errno error = FileTree.Status(from, name, out FileStatus status);
            if (depth == 0 && LeftOut.Count > 0 && LeftOut.Contains(Encoding.UTF8.GetString(name)))
            {
                continue;
            }

            if (error != Errno.NoEnt)
            {
                Check(error, name);
                CopyOne(from, name, to, name, in status, depth);
            }
        }
    }

    private void CopyOne(FileDescriptor from, byte[] name, FileDescriptor to, byte[] newName, in FileStatus status, int depth)
    {
        if (status.Type == FileStatus.Directory)
        {
            CopySubdirectory(from, name, to, newName, in status, depth);
            return;
        }

        if (status.Type == FileStatus.Socket || TryLink(to, newName, in status))
        {
            return;
        }

        switch (status.Type)
        {
            case FileStatus.Regular:
                CopyRegular(from, name, to, newName, in status);
                break;
            case FileStatus.SymbolicLink:
                Check(FileTree.ReadLink(from, name, out byte[] target), name);
                Replacing(to, newName, () => FileTree.MakeSymbolicLink(target, to, newName));
                SetOwner(to, newName, in status);
                Check(FileTree.SetModified(to, newName, status.Modified), newName);
                break;
            default:
                (uint mode, uint major, uint minor) = (status.Mode, status.DeviceMajor, status.DeviceMinor);
                Replacing(to, newName, () => FileTree.MakeNode(to, newName, mode, major, minor));
                SetOwner(to, newName, in status);
                Check(FileTree.SetMode(to, newName, status.Permissions), newName);
                break;
        }
    }

    private void CopyRegular(FileDescriptor from, byte[] name, FileDescriptor to, byte[] newName, in FileStatus status)
    {
        Errno error = FileTree.OpenRegular(from, name, out FileDescriptor? file);
        if (error is Errno.NoEnt or Errno.Inval)
        {
            // Removed or swapped since it was looked at, by somebody who shares the tree.
            return;
        }

        Check(error, name);
        using (file)
        {
            WriteFile(file!, to, newName, in status);
        }
    }

    private void CopySubdirectory(
        FileDescriptor from, byte[] name, FileDescriptor to, byte[] newName, in FileStatus status, int depth)
    {
        Errno error = FileTree.OpenDirectoryName(from, name, out FileDescriptor? source);
        if (error is Errno.NoEnt or Errno.NotDir or Errno.Loop)
        {
            return;
        }

        Check(error, name);
        using (source)
        {
            CopyOpen(source!, to, newName, in status, depth + 1);
        }
    }

    private void CopyOpen(FileDescriptor source, FileDescriptor to, byte[] newName, in FileStatus status, int depth)
    {
        Errno error = FileTree.MakeDirectory(to, newName, OwnerAll);
        if (error != Errno.Exist)
        {
            Check(error, newName);
        }

        error = FileTree.OpenDirectoryName(to, newName, out FileDescriptor? target);
        if (error is Errno.NotDir or Errno.Loop)
        {
            throw new HullException(
                ErrorKind.FailedPrecondition, $"The file '{Encoding.UTF8.GetString(newName)}' cannot be replaced by a directory.");
        }

        Check(error, newName);
        using (target)
        {
            CopyDirectory(source, target!, depth);
            Finish(source, target!, in status);
        }
    }

    private void WriteFile(FileDescriptor file, FileDescriptor to, byte[] name, in FileStatus status)
    {
        FileDescriptor? target = null;
        Replacing(to, name, () => FileTree.CreateFile(to, name, OwnerReadWrite, out target));
        using (target)
        {
            long offset = 0;
            while (FileTree.TryNextData(file, offset, status.Size, out long start, out long end))
            {
                for (long at = start; at < end;)
                {
                    int count = FileTree.ReadAt(file, _buffer.AsSpan(0, (int)Math.Min(BufferBytes, end - at)), at);
                    if (count == 0)
                    {
                        end = at;
                        break;
                    }

                    Check(FileTree.WriteAt(target!, _buffer.AsSpan(0, count), at), name);
                    at += count;
                    Bytes += count;
                }

                if (end == start)
                {
                    break;
                }

                offset = end;
            }

            Check(FileTree.SetLength(target!, status.Size), name);
            Finish(file, target!, in status);
            if (status.Links > 1 && _links.Count < MaxOpenLinks)
            {
                _links.TryAdd((status.Device, status.Inode), DescriptorIo.Duplicate(target!));
            }
        }
    }

    // Owner first: changing it takes set-user bits and capabilities away.
    private void Finish(FileDescriptor from, FileDescriptor to, in FileStatus status)
    {
        if (KeepsOwners)
        {
            Check(FileTree.SetOwner(to, status.Uid, status.Gid), []);
        }

        Check(FileTree.SetMode(to, status.Permissions), []);
        CopyAttributes(from, to);
        Check(FileTree.SetModified(to, status.Modified), []);
    }

    // What the target's file system has no place for is left out, as cp -a does.
    private static void CopyAttributes(FileDescriptor from, FileDescriptor to)
    {
        foreach (byte[] name in FileTree.AttributeNames(from))
        {
            bool ofOverlay = name.AsSpan().StartsWith("trusted.overlay."u8) || name.AsSpan().StartsWith("user.overlay."u8);
            if (!ofOverlay && FileTree.ReadAttribute(from, name, out byte[] value) == Errno.None)
            {
                _ = FileTree.SetAttribute(to, name, value);
            }
        }
    }

    private void SetOwner(FileDescriptor to, byte[] name, in FileStatus status)
    {
        if (KeepsOwners)
        {
            Check(FileTree.SetOwner(to, name, status.Uid, status.Gid), name);
        }
    }

    private static void Replacing(FileDescriptor to, byte[] name, Func<Errno> make)
    {
        Errno error = make();
        if (error == Errno.Exist)
        {
            error = FileTree.Unlink(to, name);
            if (error is Errno.IsDir or Errno.Perm)
            {
                throw new HullException(
                    ErrorKind.FailedPrecondition, $"The directory '{Encoding.UTF8.GetString(name)}' cannot be replaced by a file.");
            }

            if (error != Errno.NoEnt)
            {
                Check(error, name);
            }

            error = make();
        }

        Check(error, name);
    }

    // A file with several names keeps them where all are copied; a descriptor on the first copy cannot be redirected.
    private bool TryLink(FileDescriptor to, byte[] name, in FileStatus status)
    {
        if (status.Links < 2 || !_links.TryGetValue((status.Device, status.Inode), out FileDescriptor? first))
        {
            return false;
        }

        Replacing(to, name, () => FileTree.LinkOpen(first, to, name));
        return true;
    }

    private void Forget()
    {
        foreach (FileDescriptor file in _links.Values)
        {
            file.Dispose();
        }

        _links.Clear();
    }

    private static void Check(Errno error, byte[] name)
    {
        if (error != Errno.None)
        {
            throw new HullException(
                LinuxException.KindOf(error), $"'{Encoding.UTF8.GetString(name)}' cannot be copied: {LinuxException.TextOf(error)}.");
        }
    }
}
