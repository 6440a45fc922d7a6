using System.Runtime.InteropServices;

namespace Hull.Linux;

/// <summary>Nodes of a file system held by O_PATH descriptors, for a server that works on behalf of somebody else.</summary>
/// <remarks>
/// Every step takes one name below one directory that is held open and follows no link, so nothing leads out of a shared
/// tree. Names are bytes that end with NUL. What needs a real descriptor or a path goes through the descriptor's own
/// entry in /proc, which leads to the node itself. Methods return error numbers and do not throw for what the
/// file system answers. Thread-safe.
/// </remarks>
public static partial class NodeFile
{
    private const uint BasicMask = 0x7FF;
    private const int ProcPathBytes = 32;

    /// <summary>Names a node without opening it.</summary>
    /// <param name="directory">Where it is.</param>
    /// <param name="name">Its name, with NUL.</param>
    /// <param name="error">Why there is none.</param>
    public static FileDescriptor? TryName(FileDescriptor directory, ReadOnlySpan<byte> name, out Errno error)
    {
        ArgumentNullException.ThrowIfNull(directory);
        return Take(Libc.openat(directory.Number, name, Libc.O_PATH | Libc.O_NOFOLLOW | Libc.O_CLOEXEC, 0), out error);
    }

    /// <summary>Opens a node that is held by an O_PATH descriptor; a regular file or a directory, the caller made sure.</summary>
    public static FileDescriptor? TryOpen(FileDescriptor node, int flags, out Errno error)
    {
        Span<byte> path = stackalloc byte[ProcPathBytes];
        PathOf(node, path);
        return Take(Libc.openat(Libc.AT_FDCWD, path, (flags & ~Libc.O_NOFOLLOW) | Libc.O_CLOEXEC, 0), out error);
    }

    /// <summary>Creates a regular file that must not be there yet and opens it.</summary>
    public static FileDescriptor? TryCreate(
        FileDescriptor directory, ReadOnlySpan<byte> name, int flags, uint mode, out Errno error)
    {
        ArgumentNullException.ThrowIfNull(directory);
        int all = flags | Libc.O_CREAT | Libc.O_EXCL | Libc.O_NOFOLLOW | Libc.O_CLOEXEC;
        return Take(Libc.openat(directory.Number, name, all, mode), out error);
    }

    /// <summary>Asks about a node.</summary>
    public static Errno Status(FileDescriptor node, out NodeStatus status) => Status(node, "\0"u8, out status);

    /// <summary>Asks about a name; a link is not followed.</summary>
    public static Errno Status(FileDescriptor directory, ReadOnlySpan<byte> name, out NodeStatus status)
    {
        const int Flags = Libc.AT_EMPTY_PATH | Libc.AT_SYMLINK_NOFOLLOW | Libc.AT_NO_AUTOMOUNT;
        if (Libc.statx(directory, name, Flags, BasicMask, out Statx raw) != 0)
        {
            status = default;
            return Last();
        }

        status = new NodeStatus
        {
            Mode = raw.Mode,
            Links = raw.Links,
            Uid = raw.Uid,
            Gid = raw.Gid,
            Device = ((ulong)raw.DevMajor << 32) | raw.DevMinor,
            Inode = raw.Inode,
            Size = raw.Size,
            Blocks = raw.Blocks,
            BlockSize = raw.BlockSize,
            RdevMajor = raw.RdevMajor,
            RdevMinor = raw.RdevMinor,
            Accessed = TimeOf(raw.AccessTime),
            Modified = TimeOf(raw.ModificationTime),
            Changed = TimeOf(raw.ChangeTime),
        };
        return Errno.None;
    }

    /// <summary>Asks what the node's file system has left.</summary>
    public static Errno Status(FileDescriptor node, out FileSystemStatus status) => Result(Libc.fstatfs(node, out status));

    /// <summary>Makes a directory.</summary>
    public static Errno MakeDirectory(FileDescriptor directory, ReadOnlySpan<byte> name, uint mode) =>
        Result(Libc.mkdirat(directory, name, mode));

    /// <summary>Makes a node of any type but a directory or link.</summary>
    /// <param name="directory">Where.</param>
    /// <param name="name">Its name.</param>
    /// <param name="mode">Type and permissions.</param>
    /// <param name="device">For device nodes: the number in the kernel's 32-bit coding (12 bits major, 20 bits minor).</param>
    public static Errno MakeNode(FileDescriptor directory, ReadOnlySpan<byte> name, uint mode, uint device) =>
        Result(Libc.mknodat(directory, name, mode, device));

    /// <summary>Makes a symbolic link.</summary>
    public static Errno MakeLink(FileDescriptor directory, ReadOnlySpan<byte> name, ReadOnlySpan<byte> target) =>
        Result(Libc.symlinkat(target, directory, name));

    /// <summary>Gives a node one more name.</summary>
    public static Errno AddName(FileDescriptor node, FileDescriptor directory, ReadOnlySpan<byte> name)
    {
        Span<byte> path = stackalloc byte[ProcPathBytes];
        PathOf(node, path);
        return Result(Libc.linkat_path(Libc.AT_FDCWD, path, directory, name, Libc.AT_SYMLINK_FOLLOW));
    }

    /// <summary>Removes a name.</summary>
    public static Errno RemoveName(FileDescriptor directory, ReadOnlySpan<byte> name, bool isDirectory) =>
        Result(Libc.unlinkat(directory, name, isDirectory ? Libc.AT_REMOVEDIR : 0));

    /// <summary>Moves a name. Source: renameat2(2).</summary>
    public static Errno Rename(
        FileDescriptor from, ReadOnlySpan<byte> name, FileDescriptor to, ReadOnlySpan<byte> newName, uint flags) =>
        Result(Libc.renameat2(from, name, to, newName, flags));

    /// <summary>Reads a symbolic link.</summary>
    /// <returns>The number of bytes, or a negative error number.</returns>
    public static int ReadLink(FileDescriptor node, Span<byte> target) =>
        Count(Libc.readlinkat(node, "\0"u8, target, (nuint)target.Length));

    /// <summary>Changes owner and group; <see cref="uint.MaxValue"/> leaves one.</summary>
    public static Errno SetOwner(FileDescriptor node, uint uid, uint gid) =>
        Result(Libc.fchownat(node, "\0"u8, uid, gid, Libc.AT_EMPTY_PATH | Libc.AT_SYMLINK_NOFOLLOW));

    /// <summary>Changes the permission bits.</summary>
    public static Errno SetMode(FileDescriptor node, uint mode)
    {
        Span<byte> path = stackalloc byte[ProcPathBytes];
        PathOf(node, path);
        return Result(Libc.chmod_path(path, mode));
    }

    /// <summary>Changes the size of a regular file.</summary>
    public static Errno SetSize(FileDescriptor node, long size)
    {
        Span<byte> path = stackalloc byte[ProcPathBytes];
        PathOf(node, path);
        return Result(Libc.truncate_path(path, size));
    }

    /// <summary>Changes times; nanoseconds may be <see cref="TimeNow"/> or <see cref="TimeOmit"/>.</summary>
    public static Errno SetTimes(FileDescriptor node, FileTime accessed, FileTime modified)
    {
        AccessAndModification times = new() { Access = accessed, Modification = modified };
        return Result(Libc.utimensat(node, "\0"u8, in times, Libc.AT_EMPTY_PATH | Libc.AT_SYMLINK_NOFOLLOW));
    }

    /// <summary>UTIME_NOW.</summary>
    public const long TimeNow = 0x3fffffff;

    /// <summary>UTIME_OMIT.</summary>
    public const long TimeOmit = 0x3ffffffe;

    /// <summary>Sets an extended attribute. Source: setxattr(2).</summary>
    public static Errno SetAttribute(FileDescriptor node, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, int flags)
    {
        Span<byte> path = stackalloc byte[ProcPathBytes];
        PathOf(node, path);

        // An empty span marshals as a null pointer; any address will do for no bytes.
        ReadOnlySpan<byte> bytes = value.IsEmpty ? "\0"u8 : value;
        return Result(Libc.setxattr_path(path, name, bytes, (nuint)value.Length, flags));
    }

    /// <summary>Reads an extended attribute; an empty destination asks for its size.</summary>
    /// <returns>The number of bytes, or a negative error number.</returns>
    public static int GetAttribute(FileDescriptor node, ReadOnlySpan<byte> name, Span<byte> value)
    {
        Span<byte> path = stackalloc byte[ProcPathBytes];
        PathOf(node, path);
        return Count(Libc.getxattr_path(path, name, value, (nuint)value.Length));
    }

    /// <summary>Lists extended attributes; an empty destination asks for the list's size.</summary>
    /// <returns>The number of bytes, or a negative error number.</returns>
    public static int ListAttributes(FileDescriptor node, Span<byte> names)
    {
        Span<byte> path = stackalloc byte[ProcPathBytes];
        PathOf(node, path);
        return Count(Libc.listxattr_path(path, names, (nuint)names.Length));
    }

    /// <summary>Removes an extended attribute.</summary>
    public static Errno RemoveAttribute(FileDescriptor node, ReadOnlySpan<byte> name)
    {
        Span<byte> path = stackalloc byte[ProcPathBytes];
        PathOf(node, path);
        return Result(Libc.removexattr_path(path, name));
    }

    private static FileDescriptor? Take(int number, out Errno error)
    {
        error = number < 0 ? Last() : Errno.None;
        return number < 0 ? null : FileDescriptor.Own(number, "openat");
    }

    private static Errno Result(int result) => result == 0 ? Errno.None : Last();

    private static int Count(nint result) => result >= 0 ? (int)result : -(int)Last();

    private static Errno Last() => (Errno)Marshal.GetLastPInvokeError();

    private static FileTime TimeOf(StatxTimestamp time) => new(time.Seconds, time.Nanoseconds);

    private static void PathOf(FileDescriptor node, Span<byte> path)
    {
        ArgumentNullException.ThrowIfNull(node);
        ReadOnlySpan<byte> prefix = "/proc/self/fd/"u8;
        prefix.CopyTo(path);
        _ = node.Number.TryFormat(path[prefix.Length..], out int digits, default, System.Globalization.CultureInfo.InvariantCulture);
        path[prefix.Length + digits] = 0;
    }
}
