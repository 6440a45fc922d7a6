using System.Text;
using Hull.Linux;

namespace Hull.Runtime.Container;

/// <summary>Copies what lies at a tmpfs's place into it (the mount option <c>tmpcopyup</c>).</summary>
/// <remarks>
/// Works below two directory descriptors and follows no link, so that an image cannot make it read or write elsewhere.
/// Devices, pipes and sockets are left out.
/// </remarks>
internal static class TreeCopier
{
    private const int MaxDepth = 64;
    private const int BufferBytes = 64 << 10;

    /// <summary>Copies a directory's content, owner and mode.</summary>
    /// <exception cref="HullException">Something cannot be copied: the tmpfs is full, or the tree is too deep.</exception>
    internal static void Copy(FileDescriptor from, FileDescriptor to)
    {
        Check(FileTree.OpenDirectory(from, "."u8, out FileDescriptor? source), "."u8);
        using (source)
        {
            Check(FileTree.OpenDirectory(to, "."u8, out FileDescriptor? target), "."u8);
            using (target)
            {
                CopyDirectory(source!, target!, 0, new byte[BufferBytes]);
                CopyOwner(source!, target!);
            }
        }
    }

    private static void CopyDirectory(FileDescriptor from, FileDescriptor to, int depth, byte[] buffer)
    {
        if (depth > MaxDepth)
        {
            throw new HullException(ErrorKind.InvalidArgument, $"The directory to copy into a tmpfs is more than {MaxDepth} levels deep.");
        }

        foreach (byte[] name in FileTree.Names(from))
        {
            Check(FileTree.Status(from, name, out FileStatus status), name);
            switch (status.Type)
            {
                case FileStatus.Directory:
                    CopySubdirectory(from, to, name, depth, buffer);
                    break;
                case FileStatus.Regular:
                    CopyFile(from, to, name, buffer);
                    break;
                case FileStatus.SymbolicLink:
                    Check(FileTree.ReadLink(from, name, out byte[] link), name);
                    Check(FileTree.MakeSymbolicLink(link, to, name), name);
                    Check(FileTree.SetOwner(to, name, status.Uid, status.Gid), name);
                    break;
            }
        }
    }

    private static void CopySubdirectory(FileDescriptor from, FileDescriptor to, byte[] name, int depth, byte[] buffer)
    {
        Check(FileTree.MakeDirectory(to, name, 0x1c0), name);
        Check(FileTree.OpenDirectoryName(from, name, out FileDescriptor? source), name);
        using (source)
        {
            Check(FileTree.OpenDirectoryName(to, name, out FileDescriptor? target), name);
            using (target)
            {
                CopyDirectory(source!, target!, depth + 1, buffer);
                CopyOwner(source!, target!);
            }
        }
    }

    private static void CopyFile(FileDescriptor from, FileDescriptor to, byte[] name, byte[] buffer)
    {
        Check(FileTree.OpenFile(from, name, out FileDescriptor? source), name);
        using (source)
        {
            Check(FileTree.CreateFile(to, name, 0x180, out FileDescriptor? target), name);
            using (target)
            {
                int count;
                while ((count = HostFile.Read(source!, buffer)) > 0)
                {
                    Check(HostFile.TryWrite(target!, buffer.AsSpan(0, count)), name);
                }

                CopyOwner(source!, target!);
            }
        }
    }

    private static void CopyOwner(FileDescriptor from, FileDescriptor to)
    {
        Check(FileTree.Status(from, out FileStatus status), "."u8);
        Check(FileTree.SetOwner(to, status.Uid, status.Gid), "."u8);
        Check(FileTree.SetMode(to, status.Permissions), "."u8);
    }

    private static void Check(Errno error, ReadOnlySpan<byte> name)
    {
        if (error != Errno.None)
        {
            throw new LinuxException("copy into tmpfs", Encoding.UTF8.GetString(name), error);
        }
    }
}
