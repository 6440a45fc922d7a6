using System.Runtime.InteropServices;
using System.Text;

namespace Hull.Linux;

/// <summary>Files below a directory descriptor, named by bytes as the kernel does, in ways no symbolic link can redirect.</summary>
/// <remarks>
/// A <em>name</em> is one path component (never empty, <c>.</c>, <c>..</c>, or with a slash) and is never followed when it
/// is a symbolic link. A <em>path</em> is resolved with openat2's RESOLVE_IN_ROOT: links and <c>..</c> inside it stay below
/// the given directory. Calls answer with an error number where callers decide what it means. Thread-safe.
/// </remarks>
public static partial class FileTree
{
    /// <summary>Longest name of one file, in bytes.</summary>
    public const int MaxName = 255;

    /// <summary>Longest path the kernel takes, in bytes.</summary>
    public const int MaxPath = 4095;

    private const ulong ResolveNoMagicLinks = 0x02;
    private const ulong ResolveBeneath = 0x08;
    private const ulong ResolveInRoot = 0x10;
    private const int NameBuffer = MaxName + 1;

    /// <summary>Opens a directory of the host to work below it.</summary>
    /// <exception cref="LinuxException">It cannot be opened or is no directory.</exception>
    public static FileDescriptor OpenRoot(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        int fd = Libc.openat(
            Libc.AT_FDCWD, Terminated(path), Libc.O_DIRECTORY | Libc.O_CLOEXEC, 0);
        return FileDescriptor.Own(fd, "openat", path);
    }

    /// <summary>Opens a directory below a root for reading and as a parent; symbolic links stay inside the root.</summary>
    /// <param name="root">Where <c>/</c> is.</param>
    /// <param name="path">Relative path; empty names the root itself.</param>
    /// <param name="directory">The directory; null unless the answer is <see cref="Errno.None"/>.</param>
    public static Errno OpenDirectory(FileDescriptor root, ReadOnlySpan<byte> path, out FileDescriptor? directory) =>
        OpenIn(root, path, Libc.O_DIRECTORY | Libc.O_CLOEXEC, ResolveInRoot | ResolveNoMagicLinks, out directory);

    /// <summary>Opens a regular file below a root for reading; symbolic links stay inside the root. Needs /proc.</summary>
    /// <returns><see cref="Errno.Inval"/> when it is no regular file: a device is not even touched.</returns>
    public static Errno OpenFile(FileDescriptor root, ReadOnlySpan<byte> path, out FileDescriptor? file)
    {
        file = null;
        Errno error = OpenPlace(root, path, followLast: true, out FileDescriptor? place);
        using (place)
        {
            return error == Errno.None ? Reopen(place!, out file) : error;
        }
    }

    /// <summary>Opens one named file of a directory for reading; a symbolic link is refused.</summary>
    public static Errno OpenName(FileDescriptor parent, ReadOnlySpan<byte> name, out FileDescriptor? file)
    {
        file = null;
        Span<byte> buffer = stackalloc byte[NameBuffer];
        return IsName(name, buffer)
            ? OpenIn(parent, name, Libc.O_CLOEXEC | Libc.O_NOFOLLOW | Libc.O_NONBLOCK, ResolveBeneath, out file)
            : Errno.Inval;
    }

    /// <summary>Opens one named directory of a directory; a symbolic link is refused.</summary>
    public static Errno OpenDirectoryName(FileDescriptor parent, ReadOnlySpan<byte> name, out FileDescriptor? directory)
    {
        ArgumentNullException.ThrowIfNull(parent);
        directory = null;
        Span<byte> buffer = stackalloc byte[NameBuffer];
        if (!IsName(name, buffer))
        {
            return Errno.Inval;
        }

        int fd = Libc.openat(parent.Number, buffer, Libc.O_DIRECTORY | Libc.O_NOFOLLOW | Libc.O_CLOEXEC, 0);
        return Take(fd, out directory);
    }

    /// <summary>Creates a new regular file and opens it for writing; fails when the name exists.</summary>
    public static Errno CreateFile(FileDescriptor parent, ReadOnlySpan<byte> name, uint mode, out FileDescriptor? file)
    {
        ArgumentNullException.ThrowIfNull(parent);
        file = null;
        Span<byte> buffer = stackalloc byte[NameBuffer];
        if (!IsName(name, buffer))
        {
            return Errno.Inval;
        }

        const int Flags = Libc.O_WRONLY | Libc.O_CREAT | Libc.O_EXCL | Libc.O_NOFOLLOW | Libc.O_CLOEXEC;
        return Take(Libc.openat(parent.Number, buffer, Flags, mode), out file);
    }

    /// <summary>Creates a directory.</summary>
    public static Errno MakeDirectory(FileDescriptor parent, ReadOnlySpan<byte> name, uint mode)
    {
        Span<byte> buffer = stackalloc byte[NameBuffer];
        return IsName(name, buffer) ? ResultOf(Libc.mkdirat(parent, buffer, mode)) : Errno.Inval;
    }

    /// <summary>Creates a fifo, socket or device.</summary>
    /// <param name="parent">Where.</param>
    /// <param name="name">Its name.</param>
    /// <param name="mode">Type and permission bits.</param>
    /// <param name="major">Major number, for devices.</param>
    /// <param name="minor">Minor number, for devices.</param>
    public static Errno MakeNode(FileDescriptor parent, ReadOnlySpan<byte> name, uint mode, uint major, uint minor)
    {
        Span<byte> buffer = stackalloc byte[NameBuffer];
        return IsName(name, buffer) ? ResultOf(Libc.mknodat(parent, buffer, mode, DeviceOf(major, minor))) : Errno.Inval;
    }

    /// <summary>Creates a symbolic link; the target is stored as it is.</summary>
    public static Errno MakeSymbolicLink(ReadOnlySpan<byte> target, FileDescriptor parent, ReadOnlySpan<byte> name)
    {
        Span<byte> buffer = stackalloc byte[NameBuffer];
        Span<byte> content = stackalloc byte[MaxPath + 1];
        return IsName(name, buffer) && Terminate(target, content)
            ? ResultOf(Libc.symlinkat(content, parent, buffer))
            : Errno.Inval;
    }

    /// <summary>Gives an existing file a further name; a symbolic link is linked itself.</summary>
    public static Errno MakeHardLink(
        FileDescriptor existingParent, ReadOnlySpan<byte> existingName, FileDescriptor parent, ReadOnlySpan<byte> name)
    {
        Span<byte> existing = stackalloc byte[NameBuffer];
        Span<byte> buffer = stackalloc byte[NameBuffer];
        return IsName(existingName, existing) && IsName(name, buffer)
            ? ResultOf(Libc.linkat(existingParent, existing, parent, buffer, 0))
            : Errno.Inval;
    }

    /// <summary>Removes a name that is no directory.</summary>
    public static Errno Unlink(FileDescriptor parent, ReadOnlySpan<byte> name)
    {
        Span<byte> buffer = stackalloc byte[NameBuffer];
        return IsName(name, buffer) ? ResultOf(Libc.unlinkat(parent, buffer, 0)) : Errno.Inval;
    }

    /// <summary>Removes an empty directory.</summary>
    public static Errno RemoveDirectory(FileDescriptor parent, ReadOnlySpan<byte> name)
    {
        Span<byte> buffer = stackalloc byte[NameBuffer];
        return IsName(name, buffer) ? ResultOf(Libc.unlinkat(parent, buffer, Libc.AT_REMOVEDIR)) : Errno.Inval;
    }

    /// <summary>Moves a name to another that must not exist.</summary>
    public static Errno RenameNew(
        FileDescriptor oldParent, ReadOnlySpan<byte> oldName, FileDescriptor newParent, ReadOnlySpan<byte> newName)
    {
        Span<byte> old = stackalloc byte[NameBuffer];
        Span<byte> target = stackalloc byte[NameBuffer];
        return IsName(oldName, old) && IsName(newName, target)
            ? ResultOf(Libc.renameat2(oldParent, old, newParent, target, Libc.RENAME_NOREPLACE))
            : Errno.Inval;
    }

    /// <summary>Gives the calling thread file-system attributes of its own with a file mode mask of zero.</summary>
    /// <remarks>Only for threads that end with their work: there is no way back to the process's shared attributes.</remarks>
    /// <returns>False when the kernel refused; then modes of created files must be set afterwards.</returns>
    public static bool TryClearModeMaskOfThread()
    {
        if (Libc.unshare_fs(Libc.CLONE_FS) != 0)
        {
            return false;
        }

        _ = Libc.umask(0);
        return true;
    }

    private static ulong DeviceOf(uint major, uint minor) =>
        // glibc's makedev(3).
        ((ulong)(major & 0xfffff000) << 32) | ((ulong)(major & 0xfff) << 8) | ((ulong)(minor & 0xffffff00) << 12) | (minor & 0xff);

    private static Errno OpenIn(
        FileDescriptor root, ReadOnlySpan<byte> path, int flags, ulong resolve, out FileDescriptor? file)
    {
        ArgumentNullException.ThrowIfNull(root);
        file = null;
        Span<byte> buffer = stackalloc byte[MaxPath + 1];
        if (!Terminate(path.IsEmpty ? "."u8 : path, buffer))
        {
            return path.Length > MaxPath ? Errno.NameTooLong : Errno.Inval;
        }

        OpenHow how = new() { Flags = (uint)flags, Resolve = resolve };
        nint fd;
        do
        {
            fd = Libc.openat2(Libc.SYS_openat2, root.Number, buffer, in how, 24);
        }
        while (fd < 0 && (Errno)Marshal.GetLastPInvokeError() is Errno.Again or Errno.Intr);

        return Take((int)fd, out file);
    }

    private static Errno Take(int number, out FileDescriptor? file)
    {
        if (number < 0)
        {
            file = null;
            return (Errno)Marshal.GetLastPInvokeError();
        }

        file = FileDescriptor.Own(number, "open");
        return Errno.None;
    }

    private static Errno ResultOf(int result) => result == 0 ? Errno.None : (Errno)Marshal.GetLastPInvokeError();

    private static byte[] Terminated(string path)
    {
        byte[] bytes = new byte[Encoding.UTF8.GetByteCount(path) + 1];
        Encoding.UTF8.GetBytes(path, bytes);
        return bytes;
    }

    private static bool Terminate(ReadOnlySpan<byte> text, Span<byte> buffer)
    {
        if (text.IsEmpty || text.Length >= buffer.Length || text.Contains((byte)0))
        {
            return false;
        }

        text.CopyTo(buffer);
        buffer[text.Length] = 0;
        return true;
    }

    private static bool IsName(ReadOnlySpan<byte> name, Span<byte> buffer) =>
        !name.Contains((byte)'/') && !name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8) && Terminate(name, buffer);
}
