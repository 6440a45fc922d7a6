using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Hull.Linux;

public static partial class FileTree
{
    private const int MaxAttributeName = 255;
    private const int MaxAttributeValue = 64 * 1024;
    private const int ProcPath = 320;

    /// <summary>Sets owner and group of an open file.</summary>
    public static Errno SetOwner(FileDescriptor file, uint uid, uint gid) => ResultOf(Libc.fchown(file, uid, gid));

    /// <summary>Sets owner and group of a name; of a symbolic link itself.</summary>
    public static Errno SetOwner(FileDescriptor parent, ReadOnlySpan<byte> name, uint uid, uint gid)
    {
        Span<byte> buffer = stackalloc byte[NameBuffer];
        return IsName(name, buffer)
            ? ResultOf(Libc.fchownat(parent, buffer, uid, gid, Libc.AT_SYMLINK_NOFOLLOW))
            : Errno.Inval;
    }

    /// <summary>Sets the permission bits of an open file.</summary>
    public static Errno SetMode(FileDescriptor file, uint mode) => ResultOf(Libc.fchmod(file, mode));

    /// <summary>Sets the permission bits of a name; a symbolic link is refused and its target stays as it is. Needs /proc.</summary>
    /// <remarks>Whoever shares the directory may put a link in the name's place at any time, so nothing is changed by name.</remarks>
    /// <returns><see cref="Errno.Loop"/> for a symbolic link.</returns>
    public static Errno SetMode(FileDescriptor parent, ReadOnlySpan<byte> name, uint mode)
    {
        Span<byte> buffer = stackalloc byte[NameBuffer];
        if (!IsName(name, buffer))
        {
            return Errno.Inval;
        }

        Errno error = OpenIn(parent, name, Libc.O_PATH | Libc.O_NOFOLLOW | Libc.O_CLOEXEC, ResolveBeneath, out FileDescriptor? place);
        using (place)
        {
            FileStatus status = default;
            error = error == Errno.None ? Status(place!, out status) : error;
            if (error != Errno.None || status.Type == FileStatus.SymbolicLink)
            {
                return error == Errno.None ? Errno.Loop : error;
            }

            // fchmod(2) takes no such descriptor, and a chmod that follows no links exists since Linux 6.6 only.
            string path = string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{place!.Number}");
            error = ResultOf(Libc.fchmodat(parent, Terminated(path), mode, 0)); // An absolute path: the parent means nothing.
            GC.KeepAlive(place);
            return error;
        }
    }

    /// <summary>Sets when an open file changed; its access time stays.</summary>
    public static Errno SetModified(FileDescriptor file, FileTime time)
    {
        AccessAndModification times = TimesOf(time);
        return ResultOf(Libc.futimens(file, in times));
    }

    /// <summary>Sets when a name changed; of a symbolic link itself.</summary>
    public static Errno SetModified(FileDescriptor parent, ReadOnlySpan<byte> name, FileTime time)
    {
        Span<byte> buffer = stackalloc byte[NameBuffer];
        if (!IsName(name, buffer))
        {
            return Errno.Inval;
        }

        AccessAndModification times = TimesOf(time);
        return ResultOf(Libc.utimensat(parent, buffer, in times, Libc.AT_SYMLINK_NOFOLLOW));
    }

    /// <summary>Sets an extended attribute of an open file.</summary>
    public static Errno SetAttribute(FileDescriptor file, ReadOnlySpan<byte> attribute, ReadOnlySpan<byte> value)
    {
        Span<byte> name = stackalloc byte[MaxAttributeName + 1];
        return Terminate(attribute, name)
            ? ResultOf(Libc.fsetxattr(file, name, NotNull(value), (nuint)value.Length, 0))
            : Errno.Inval;
    }

    /// <summary>Sets an extended attribute of a name; of a symbolic link itself. Needs /proc.</summary>
    public static Errno SetAttribute(
        FileDescriptor parent, ReadOnlySpan<byte> name, ReadOnlySpan<byte> attribute, ReadOnlySpan<byte> value)
    {
        Span<byte> path = stackalloc byte[ProcPath];
        Span<byte> terminated = stackalloc byte[MaxAttributeName + 1];
        return TryProcPath(parent, name, path) && Terminate(attribute, terminated)
            ? ResultOf(Libc.lsetxattr(path, terminated, NotNull(value), (nuint)value.Length, 0))
            : Errno.Inval;
    }

    /// <summary>Removes an extended attribute of a name.</summary>
    public static Errno RemoveAttribute(FileDescriptor parent, ReadOnlySpan<byte> name, ReadOnlySpan<byte> attribute)
    {
        Span<byte> path = stackalloc byte[ProcPath];
        Span<byte> terminated = stackalloc byte[MaxAttributeName + 1];
        return TryProcPath(parent, name, path) && Terminate(attribute, terminated)
            ? ResultOf(Libc.lremovexattr(path, terminated))
            : Errno.Inval;
    }

    /// <summary>Reads an extended attribute of a name (of the directory itself when the name is empty).</summary>
    public static Errno ReadAttribute(
        FileDescriptor parent, ReadOnlySpan<byte> name, ReadOnlySpan<byte> attribute, out byte[] value)
    {
        value = [];
        Span<byte> path = stackalloc byte[ProcPath];
        Span<byte> terminated = stackalloc byte[MaxAttributeName + 1];
        if (!TryProcPath(parent, name, path) || !Terminate(attribute, terminated))
        {
            return Errno.Inval;
        }

        Span<byte> small = stackalloc byte[1024];
        nint length = Libc.lgetxattr(path, terminated, small, (nuint)small.Length);
        if (length >= 0)
        {
            value = small[..(int)length].ToArray();
            return Errno.None;
        }

        if ((Errno)Marshal.GetLastPInvokeError() != Errno.Range)
        {
            return (Errno)Marshal.GetLastPInvokeError();
        }

        byte[] large = new byte[MaxAttributeValue];
        length = Libc.lgetxattr(path, terminated, large, (nuint)large.Length);
        if (length < 0)
        {
            return (Errno)Marshal.GetLastPInvokeError();
        }

        value = large[..(int)length];
        return Errno.None;
    }

    /// <summary>The names of a file's extended attributes, sorted; empty where the file system has none.</summary>
    /// <param name="parent">Where the file is.</param>
    /// <param name="name">Its name; empty for the directory itself.</param>
    /// <exception cref="LinuxException">They cannot be read.</exception>
    public static IReadOnlyList<byte[]> AttributeNames(FileDescriptor parent, ReadOnlySpan<byte> name)
    {
        Span<byte> path = stackalloc byte[ProcPath];
        if (!TryProcPath(parent, name, path))
        {
            throw new LinuxException("llistxattr", Encoding.UTF8.GetString(name), Errno.Inval);
        }

        Span<byte> small = stackalloc byte[1024];
        nint length = Libc.llistxattr(path, small, (nuint)small.Length);
        Span<byte> list = small;
        if (length < 0 && (Errno)Marshal.GetLastPInvokeError() == Errno.Range)
        {
            list = new byte[MaxAttributeValue];
            length = Libc.llistxattr(path, list, (nuint)list.Length);
        }

        if (length < 0)
        {
            return (Errno)Marshal.GetLastPInvokeError() is Errno.OpNotSupp
                ? []
                : throw LinuxException.Last("llistxattr", Encoding.UTF8.GetString(name));
        }

        return length == 0 ? [] : Split(list[..(int)length]);
    }

    private static List<byte[]> Split(ReadOnlySpan<byte> list)
    {
        List<byte[]> names = [];
        while (!list.IsEmpty)
        {
            int end = list.IndexOf((byte)0);
            names.Add(list[..end].ToArray());
            list = list[(end + 1)..];
        }

        names.Sort(static (left, right) => left.AsSpan().SequenceCompareTo(right));
        return names;
    }

    // An empty span marshals as a null pointer, which the kernel takes as "no value" only together with size 0: allowed.
    private static ReadOnlySpan<byte> NotNull(ReadOnlySpan<byte> value) => value.IsEmpty ? "\0"u8 : value;

    private static AccessAndModification TimesOf(FileTime time) => new()
    {
        Access = new FileTime(0, Libc.UTIME_OMIT),
        Modification = time,
    };

    // The kernel has setxattrat only from 6.13; the magic link of a descriptor we hold cannot be raced, and the last
    // component is not followed by the l-calls.
    private static bool TryProcPath(FileDescriptor parent, ReadOnlySpan<byte> name, Span<byte> path)
    {
        ArgumentNullException.ThrowIfNull(parent);
        ReadOnlySpan<byte> prefix = "/proc/self/fd/"u8;
        prefix.CopyTo(path);
        int length = prefix.Length;
        if (!parent.Number.TryFormat(path[length..], out int digits))
        {
            return false;
        }

        length += digits;
        path[length++] = (byte)'/';
        if (name.IsEmpty)
        {
            path[length++] = (byte)'.';
            path[length] = 0;
            return true;
        }

        return IsName(name, path[length..]);
    }
}
