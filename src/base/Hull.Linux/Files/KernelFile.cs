using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

namespace Hull.Linux;

/// <summary>
/// Small files that the kernel makes up on the spot (procfs, sysfs, cgroups): one open, one write or a few reads, one close,
/// and the error number as an answer, because "no such file" and "busy" are often part of the conversation.
/// </summary>
/// <remarks>Thread-safe. Nothing is created and nothing is followed up: every descriptor is closed before the call returns.</remarks>
public static class KernelFile
{
    /// <summary>statfs(2) type of a version 1 cgroup hierarchy.</summary>
    public const long CgroupMagic = 0x27e0eb;

    /// <summary>statfs(2) type of the version 2 cgroup hierarchy.</summary>
    public const long Cgroup2Magic = 0x63677270;

    private const int FirstReadBytes = 4096;
    private const int MaxReadBytes = 64 << 20;

    /// <summary>Writes a value in one write(2), as such files ask for.</summary>
    /// <returns><see cref="Errno.None"/> when all of it was taken.</returns>
    public static Errno Write(string path, ReadOnlySpan<byte> value)
    {
        int fd = OpenRaw(path, Libc.O_WRONLY | Libc.O_CLOEXEC);
        if (fd < 0)
        {
            return (Errno)Marshal.GetLastPInvokeError();
        }

        Errno result = WriteOnce(fd, value);
        _ = Libc.close(fd);
        return result;
    }

    /// <summary>Writes to an open file in one write(2).</summary>
    /// <returns><see cref="Errno.None"/> when all of it was taken.</returns>
    public static Errno Write(FileDescriptor file, ReadOnlySpan<byte> value)
    {
        ArgumentNullException.ThrowIfNull(file);
        Errno result = WriteOnce(file.Number, value);
        GC.KeepAlive(file);
        return result;
    }

    /// <summary>Opens a file for writing, or says why not.</summary>
    public static Errno OpenForWriting(string path, out FileDescriptor? file) => Open(path, Libc.O_WRONLY, out file);

    /// <summary>Opens a file for reading, or says why not.</summary>
    public static Errno OpenForReading(string path, out FileDescriptor? file) => Open(path, Libc.O_RDONLY, out file);

    /// <summary>Opens a directory, or says why not.</summary>
    public static Errno OpenDirectory(string path, out FileDescriptor? directory) =>
        Open(path, Libc.O_RDONLY | Libc.O_DIRECTORY, out directory);

    /// <summary>Reads from a file's start into a buffer; what does not fit is left out.</summary>
    /// <param name="path">The file.</param>
    /// <param name="buffer">Receives the bytes.</param>
    /// <param name="count">How many there were.</param>
    public static Errno Read(string path, Span<byte> buffer, out int count)
    {
        count = 0;
        int fd = OpenRaw(path, Libc.O_RDONLY | Libc.O_CLOEXEC);
        if (fd < 0)
        {
            return (Errno)Marshal.GetLastPInvokeError();
        }

        Errno result = Fill(fd, buffer, ref count);
        _ = Libc.close(fd);
        return result;
    }

    /// <summary>Reads a whole file, however long (64 MiB at most).</summary>
    /// <param name="path">The file.</param>
    /// <param name="text">Its text; empty when the call fails.</param>
    public static Errno ReadText(string path, out string text)
    {
        text = "";
        int fd = OpenRaw(path, Libc.O_RDONLY | Libc.O_CLOEXEC);
        if (fd < 0)
        {
            return (Errno)Marshal.GetLastPInvokeError();
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(FirstReadBytes);
        int count = 0;
        Errno result;
        while ((result = Fill(fd, buffer, ref count)) == Errno.None && count == buffer.Length && count < MaxReadBytes)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 4);
            buffer.AsSpan(0, count).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(buffer);
            buffer = larger;
        }

        if (result == Errno.None)
        {
            text = Encoding.UTF8.GetString(buffer, 0, count);
        }

        ArrayPool<byte>.Shared.Return(buffer);
        _ = Libc.close(fd);
        return result;
    }

    /// <summary>Reads an open file from its start again, 4 KiB at most; empty when that fails.</summary>
    public static string ReadAgain(FileDescriptor file)
    {
        ArgumentNullException.ThrowIfNull(file);
        Span<byte> buffer = stackalloc byte[FirstReadBytes];
        nint count;
        do
        {
            count = Libc.pread(file, buffer, (nuint)buffer.Length, 0);
        }
        while (count < 0 && (Errno)Marshal.GetLastPInvokeError() == Errno.Intr);
        return count > 0 ? Encoding.UTF8.GetString(buffer[..(int)count]) : "";
    }

    /// <summary>Makes a directory with mode 0755.</summary>
    public static Errno MakeDirectory(string path)
    {
        const uint Mode = 0x1ed;
        return Libc.mkdir(path, Mode) == 0 ? Errno.None : (Errno)Marshal.GetLastPInvokeError();
    }

    /// <summary>Removes an empty directory; a cgroup is empty when it has no processes and no children.</summary>
    public static Errno RemoveDirectory(string path) =>
        Libc.rmdir(path) == 0 ? Errno.None : (Errno)Marshal.GetLastPInvokeError();

    /// <summary>Tells whether a path exists and can be reached.</summary>
    public static bool Exists(string path) => Libc.access(path, 0) == 0;

    /// <summary>Tells whether this process may write to a path; false on a read-only file system.</summary>
    public static bool IsWritable(string path)
    {
        const int WriteOk = 2;
        return Libc.access(path, WriteOk) == 0;
    }

    /// <summary>The kind of file system a path lies on, as statfs(2) numbers them; 0 when the path does not exist.</summary>
    public static long FileSystemType(string path)
    {
        Libc.StatFs buffer = default;
        return Libc.statfs(path, ref buffer) == 0 ? buffer.Type : 0;
    }

    private static Errno Open(string path, int flags, out FileDescriptor? file)
    {
        int fd = OpenRaw(path, flags | Libc.O_CLOEXEC);
        if (fd < 0)
        {
            file = null;
            return (Errno)Marshal.GetLastPInvokeError();
        }

        file = FileDescriptor.Own(fd, "open", path);
        return Errno.None;
    }

    private static int OpenRaw(string path, int flags)
    {
        int fd;
        do
        {
            fd = Libc.open(path, flags);
        }
        while (fd < 0 && (Errno)Marshal.GetLastPInvokeError() == Errno.Intr);
        return fd;
    }

    private static Errno WriteOnce(int fd, ReadOnlySpan<byte> value)
    {
        nint written;
        do
        {
            written = Libc.write(fd, in MemoryMarshal.GetReference(value), (nuint)value.Length);
        }
        while (written < 0 && (Errno)Marshal.GetLastPInvokeError() == Errno.Intr);

        return written == value.Length ? Errno.None
            : written < 0 ? (Errno)Marshal.GetLastPInvokeError()
            : Errno.IO;
    }

    private static Errno Fill(int fd, Span<byte> buffer, ref int count)
    {
        while (count < buffer.Length)
        {
            Span<byte> rest = buffer[count..];
            nint got = Libc.read(fd, ref MemoryMarshal.GetReference(rest), (nuint)rest.Length);
            if (got < 0)
            {
                var error = (Errno)Marshal.GetLastPInvokeError();
                if (error == Errno.Intr)
                {
                    continue;
                }

                return error;
            }

            if (got == 0)
            {
                break;
            }

            count += (int)got;
        }

        return Errno.None;
    }
}
