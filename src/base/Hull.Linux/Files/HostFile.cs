using System.Runtime.InteropServices;
using System.Text;

namespace Hull.Linux;

/// <summary>Files by path with the kernel's own calls: nothing cached, nothing allocated but the path.</summary>
/// <remarks>
/// For programs that run a few milliseconds and must not pay for <see cref="FileStream"/>. Methods whose name begins
/// with Try return the error number; the others throw. Source: openat(2), mkdirat(2), renameat(2), flock(2), statx(2).
/// </remarks>
public static partial class HostFile
{
    /// <summary>O_RDONLY.</summary>
    public const int ReadOnly = 0;

    /// <summary>O_WRONLY.</summary>
    public const int WriteOnly = 1;

    /// <summary>O_RDWR.</summary>
    public const int ReadWrite = 2;

    /// <summary>O_CREAT.</summary>
    public const int Create = 0x40;

    /// <summary>O_EXCL.</summary>
    public const int Exclusive = 0x80;

    /// <summary>O_TRUNC.</summary>
    public const int Truncate = 0x200;

    /// <summary>O_APPEND.</summary>
    public const int Append = 0x400;

    /// <summary>O_NONBLOCK.</summary>
    public const int NonBlocking = 0x800;

    /// <summary>O_DIRECTORY.</summary>
    public const int Directory = 0x10000;

    /// <summary>O_NOFOLLOW.</summary>
    public const int NoFollow = 0x20000;

    /// <summary>O_CLOEXEC; always added by the methods here.</summary>
    public const int CloseOnExec = 0x80000;

    /// <summary>O_PATH.</summary>
    public const int PathOnly = 0x200000;

    private const int AtCurrentDirectory = -100;
    private const int PathBytes = 4096;
    private const int MaxReadBytes = 64 << 20;

    /// <summary>Opens a file, close-on-exec.</summary>
    /// <returns>Null when it failed; <paramref name="error"/> says why.</returns>
    public static FileDescriptor? TryOpen(string path, int flags, out Errno error, uint mode = 0)
    {
        nint result = OnPath(257, AtCurrentDirectory, path, flags | CloseOnExec, (nint)mode);
        error = result < 0 ? (Errno)Marshal.GetLastPInvokeError() : Errno.None;
        return result < 0 ? null : FileDescriptor.Own((int)result, "openat", path);
    }

    /// <summary>Opens a file, close-on-exec.</summary>
    /// <exception cref="LinuxException">It failed.</exception>
    public static FileDescriptor Open(string path, int flags, uint mode = 0) =>
        TryOpen(path, flags, out Errno error, mode) ?? throw new LinuxException("openat", path, error);

    /// <summary>Reads a whole file, at most 64 MiB.</summary>
    /// <exception cref="HullException">It cannot be read or is larger.</exception>
    public static byte[] ReadAll(string path)
    {
        using FileDescriptor file = Open(path, ReadOnly);
        return ReadAll(file, path);
    }

    /// <summary>Reads what is left of an open file, at most 64 MiB.</summary>
    /// <exception cref="HullException">It cannot be read or is larger.</exception>
    public static byte[] ReadAll(FileDescriptor file, string subject)
    {
        ArgumentNullException.ThrowIfNull(file);
        byte[] buffer = new byte[PathBytes];
        int length = 0;
        while (true)
        {
            int count = Read(file, buffer.AsSpan(length));
            if (count < 0)
            {
                throw LinuxException.Last("read", subject);
            }

            if (count == 0)
            {
                return buffer[..length];
            }

            length += count;
            if (length == buffer.Length)
            {
                if (length >= MaxReadBytes)
                {
                    throw new HullException(ErrorKind.ResourceExhausted, $"'{subject}' is larger than 64 MiB.");
                }

                Array.Resize(ref buffer, length * 4);
            }
        }
    }

    /// <summary>Reads once; repeats after a signal.</summary>
    /// <returns>The number of bytes, 0 at the end, -1 on an error that is left in errno.</returns>
    public static unsafe int Read(FileDescriptor file, Span<byte> buffer)
    {
        ArgumentNullException.ThrowIfNull(file);

        // SAFETY: the span is pinned while the kernel fills at most its length.
        fixed (byte* bytes = buffer)
        {
            nint count;
            do
            {
                count = Libc.system_call(0, file.Number, (nint)bytes, buffer.Length, 0, 0, 0);
            }
            while (count < 0 && Marshal.GetLastPInvokeError() == (int)Errno.Intr);

            return (int)count;
        }
    }

    /// <summary>Writes everything.</summary>
    /// <returns>The error, or <see cref="Errno.None"/>.</returns>
    public static unsafe Errno TryWrite(FileDescriptor file, ReadOnlySpan<byte> bytes)
    {
        ArgumentNullException.ThrowIfNull(file);
        while (!bytes.IsEmpty)
        {
            // SAFETY: the span is pinned while the kernel reads at most its length.
            fixed (byte* start = bytes)
            {
                nint count = Libc.system_call(1, file.Number, (nint)start, bytes.Length, 0, 0, 0);
                if (count >= 0)
                {
                    bytes = bytes[(int)count..];
                }
                else if (Marshal.GetLastPInvokeError() != (int)Errno.Intr)
                {
                    return (Errno)Marshal.GetLastPInvokeError();
                }
            }
        }

        return Errno.None;
    }

    /// <summary>Writes a small file in one go, making or truncating it as the flags say.</summary>
    /// <exception cref="LinuxException">It failed.</exception>
    public static void WriteAll(string path, ReadOnlySpan<byte> bytes, int flags = Create | Truncate, uint mode = 0x180)
    {
        using FileDescriptor file = Open(path, WriteOnly | flags, mode);
        Errno error = TryWrite(file, bytes);
        if (error != Errno.None)
        {
            throw new LinuxException("write", path, error);
        }
    }

    /// <summary>Makes a directory.</summary>
    public static Errno TryMakeDirectory(string path, uint mode) => ErrorOf(OnPath(258, AtCurrentDirectory, path, (nint)mode, 0));

    /// <summary>Makes a named pipe.</summary>
    public static Errno TryMakePipe(string path, uint mode) => ErrorOf(OnPath(259, AtCurrentDirectory, path, (nint)(mode | 0x1000), 0));

    /// <summary>Removes a file.</summary>
    public static Errno TryRemoveFile(string path) => ErrorOf(OnPath(263, AtCurrentDirectory, path, 0, 0));

    /// <summary>Removes an empty directory.</summary>
    public static Errno TryRemoveDirectory(string path) => ErrorOf(OnPath(263, AtCurrentDirectory, path, 0x200, 0));

    /// <summary>Renames a file over another.</summary>
    public static unsafe Errno TryRename(string from, string to)
    {
        Span<byte> first = stackalloc byte[PathBytes];
        Span<byte> second = stackalloc byte[PathBytes];
        if (!TryEncode(from, first) || !TryEncode(to, second))
        {
            return Errno.NameTooLong;
        }

        // SAFETY: both buffers are on this stack and end with a zero byte.
        fixed (byte* source = first, target = second)
        {
            return ErrorOf(Libc.system_call(264, AtCurrentDirectory, (nint)source, AtCurrentDirectory, (nint)target, 0, 0));
        }
    }

    /// <summary>Changes owner and group of an open file.</summary>
    public static Errno TryChangeOwner(FileDescriptor file, uint uid, uint gid)
    {
        ArgumentNullException.ThrowIfNull(file);
        return ErrorOf(Libc.system_call(93, file.Number, (nint)uid, (nint)gid, 0, 0, 0));
    }

    /// <summary>Asks what a path is, following links.</summary>
    public static Errno TryStat(string path, out HostFileStatus status) => TryStat(path, followLinks: true, out status);

    /// <summary>Asks what a path is.</summary>
    public static unsafe Errno TryStat(string path, bool followLinks, out HostFileStatus status)
    {
        Span<byte> name = stackalloc byte[PathBytes];
        status = default;
        if (!TryEncode(path, name))
        {
            return Errno.NameTooLong;
        }

        // SAFETY: the buffer is on this stack and ends with a zero byte.
        fixed (byte* text = name)
        {
            return Stat(AtCurrentDirectory, (nint)text, followLinks ? 0 : 0x100, out status);
        }
    }

    /// <summary>Asks what an open file is.</summary>
    public static unsafe Errno TryStat(FileDescriptor file, out HostFileStatus status)
    {
        ArgumentNullException.ThrowIfNull(file);

        // SAFETY: the literal ends with a zero byte and is never freed.
        fixed (byte* empty = "\0"u8)
        {
            return Stat(file.Number, (nint)empty, 0x1000, out status);
        }
    }

    /// <summary>Takes the exclusive lock of an open file, waiting for it.</summary>
    /// <exception cref="LinuxException">It failed.</exception>
    public static void Lock(FileDescriptor file, string subject)
    {
        ArgumentNullException.ThrowIfNull(file);
        while (Libc.system_call(73, file.Number, 2, 0, 0, 0, 0) != 0)
        {
            if (Marshal.GetLastPInvokeError() != (int)Errno.Intr)
            {
                throw LinuxException.Last("flock", subject);
            }
        }
    }

    private static unsafe Errno Stat(int directory, nint text, int flags, out HostFileStatus status)
    {
        // struct stat of x86-64 (asm/stat.h): dev 0, ino 8, nlink 16, mode 24, uid 28, gid 32, rdev 40, size 48; 144 bytes.
        ulong* buffer = stackalloc ulong[18];

        // SAFETY: the buffer has struct stat's 144 bytes.
        Errno error = ErrorOf(Libc.system_call(262, directory, text, (nint)buffer, flags, 0, 0));
        status = error != Errno.None
            ? default
            : new HostFileStatus(
                (uint)buffer[3], (uint)(buffer[3] >> 32), (uint)buffer[4], buffer[1], buffer[0], buffer[5], (long)buffer[6]);
        return error;
    }

    private static Errno ErrorOf(nint result) => result >= 0 ? Errno.None : (Errno)Marshal.GetLastPInvokeError();

    private static unsafe nint OnPath(int number, int directory, string path, nint third, nint fourth)
    {
        Span<byte> name = stackalloc byte[PathBytes];
        if (!TryEncode(path, name))
        {
            Marshal.SetLastPInvokeError((int)Errno.NameTooLong);
            return -1;
        }

        // SAFETY: the buffer is on this stack and ends with a zero byte.
        fixed (byte* text = name)
        {
            return Libc.system_call(number, directory, (nint)text, third, fourth, 0, 0);
        }
    }

    private static bool TryEncode(string path, Span<byte> name)
    {
        ArgumentNullException.ThrowIfNull(path);
        bool fits = Encoding.UTF8.TryGetBytes(path, name[..^1], out int length) && !path.Contains('\0', StringComparison.Ordinal);
        if (fits)
        {
            name[length] = 0;
        }

        return fits;
    }
}
