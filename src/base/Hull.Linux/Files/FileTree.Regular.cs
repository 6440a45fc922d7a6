using System.Globalization;
using System.Runtime.InteropServices;

namespace Hull.Linux;

public static partial class FileTree
{
    /// <summary>Opens one named regular file of a directory for reading; anything else is refused without touching it.</summary>
    /// <remarks>
    /// Opening a device can act on it and a pipe can hang, and whoever shares the directory may swap the name at any time:
    /// the file is looked at through a descriptor that opens nothing, and what was looked at is what is read. Needs /proc.
    /// </remarks>
    /// <returns><see cref="Errno.Inval"/> when it is no regular file.</returns>
    public static Errno OpenRegular(FileDescriptor parent, ReadOnlySpan<byte> name, out FileDescriptor? file)
    {
        file = null;
        Span<byte> buffer = stackalloc byte[NameBuffer];
        if (!IsName(name, buffer))
        {
            return Errno.Inval;
        }

        Errno error = OpenIn(parent, name, Libc.O_PATH | Libc.O_NOFOLLOW | Libc.O_CLOEXEC, ResolveBeneath, out FileDescriptor? place);
        using (place)
        {
            return error == Errno.None ? Reopen(place!, out file) : error;
        }
    }

    /// <summary>Opens what a descriptor from <see cref="OpenPlace"/> stands for, for reading, when it is a regular file.</summary>
    /// <returns><see cref="Errno.Inval"/> when it is no regular file.</returns>
    public static Errno Reopen(FileDescriptor place, out FileDescriptor? file)
    {
        ArgumentNullException.ThrowIfNull(place);
        file = null;
        Errno error = Status(place, out FileStatus status);
        if (error != Errno.None || status.Type != FileStatus.Regular)
        {
            return error == Errno.None ? Errno.Inval : error;
        }

        string path = string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{place.Number}");
        error = Take(Libc.openat(Libc.AT_FDCWD, Terminated(path), Libc.O_CLOEXEC | Libc.O_NONBLOCK, 0), out file);
        GC.KeepAlive(place);
        return error;
    }

    /// <summary>Finds whatever a path below a root names, links followed inside the root, without opening it.</summary>
    /// <param name="root">Where <c>/</c> is.</param>
    /// <param name="path">Relative path; empty names the root itself.</param>
    /// <param name="followLast">Whether a symbolic link at the end is followed too.</param>
    /// <param name="place">Good for its status and as a place to mount on, not for reading.</param>
    public static Errno OpenPlace(FileDescriptor root, ReadOnlySpan<byte> path, bool followLast, out FileDescriptor? place) => OpenIn(
        root, path, Libc.O_PATH | Libc.O_CLOEXEC | (followLast ? 0 : Libc.O_NOFOLLOW), ResolveInRoot | ResolveNoMagicLinks, out place);

    /// <summary>Gives an open file a further name; needs the right to link by descriptor, which root has.</summary>
    public static Errno LinkOpen(FileDescriptor file, FileDescriptor parent, ReadOnlySpan<byte> name)
    {
        Span<byte> buffer = stackalloc byte[NameBuffer];
        return IsName(name, buffer) ? ResultOf(Libc.linkat(file, [0], parent, buffer, Libc.AT_EMPTY_PATH)) : Errno.Inval;
    }

    /// <summary>The names of an open file's extended attributes, sorted; empty where the file system has none.</summary>
    /// <exception cref="LinuxException">They cannot be read.</exception>
    public static IReadOnlyList<byte[]> AttributeNames(FileDescriptor file)
    {
        Span<byte> list = new byte[MaxAttributeValue];
        nint length = Libc.flistxattr(file, list, (nuint)list.Length);
        return length > 0 ? Split(list[..(int)length])
            : length == 0 || (Errno)Marshal.GetLastPInvokeError() is Errno.OpNotSupp ? []
            : throw LinuxException.Last("flistxattr", "");
    }

    /// <summary>Reads an extended attribute of an open file.</summary>
    public static Errno ReadAttribute(FileDescriptor file, ReadOnlySpan<byte> attribute, out byte[] value)
    {
        value = [];
        Span<byte> terminated = stackalloc byte[MaxAttributeName + 1];
        if (!Terminate(attribute, terminated))
        {
            return Errno.Inval;
        }

        byte[] buffer = new byte[MaxAttributeValue];
        nint length = Libc.fgetxattr(file, terminated, buffer, (nuint)buffer.Length);
        if (length < 0)
        {
            return (Errno)Marshal.GetLastPInvokeError();
        }

        value = buffer[..(int)length];
        return Errno.None;
    }
}
