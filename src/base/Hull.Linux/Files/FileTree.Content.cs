using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Hull.Linux;

public static partial class FileTree
{
    private const int DirectoryBuffer = 32 * 1024;
    private const int EntryNameOffset = 19;

    /// <summary>Writes all bytes at the file's position.</summary>
    public static Errno Write(FileDescriptor file, ReadOnlySpan<byte> content)
    {
        while (!content.IsEmpty)
        {
            nint written = Libc.write(file, content, (nuint)content.Length);
            if (written < 0)
            {
                var error = (Errno)Marshal.GetLastPInvokeError();
                if (error == Errno.Intr)
                {
                    continue;
                }

                return error;
            }

            content = content[(int)written..];
        }

        return Errno.None;
    }

    /// <summary>Writes all bytes at an offset.</summary>
    public static Errno WriteAt(FileDescriptor file, ReadOnlySpan<byte> content, long offset)
    {
        while (!content.IsEmpty)
        {
            nint written = Libc.pwrite(file, content, (nuint)content.Length, offset);
            if (written < 0)
            {
                var error = (Errno)Marshal.GetLastPInvokeError();
                if (error == Errno.Intr)
                {
                    continue;
                }

                return error;
            }

            content = content[(int)written..];
            offset += written;
        }

        return Errno.None;
    }

    /// <summary>Reads at an offset.</summary>
    /// <returns>How many bytes; 0 at the end.</returns>
    /// <exception cref="LinuxException">The file cannot be read.</exception>
    public static int ReadAt(FileDescriptor file, Span<byte> buffer, long offset)
    {
        while (true)
        {
            nint count = Libc.pread(file, buffer, (nuint)buffer.Length, offset);
            if (count >= 0)
            {
                return (int)count;
            }

            if ((Errno)Marshal.GetLastPInvokeError() != Errno.Intr)
            {
                throw LinuxException.Last("pread", "");
            }
        }
    }

    /// <summary>Sets a file's length; new bytes are a hole.</summary>
    public static Errno SetLength(FileDescriptor file, long length) => ResultOf(Libc.ftruncate(file, length));

    /// <summary>The next run of stored bytes at or after an offset, so that holes can be passed over.</summary>
    /// <returns>False when only a hole follows.</returns>
    public static bool TryNextData(FileDescriptor file, long offset, long size, out long start, out long end)
    {
        start = Libc.lseek(file, offset, Libc.SEEK_DATA);
        end = size;
        if (start < 0)
        {
            // ENXIO: nothing but a hole to the end. Anything else: this file system knows no holes.
            bool hole = (Errno)Marshal.GetLastPInvokeError() == Errno.Nxio;
            start = hole ? size : offset;
            return !hole && offset < size;
        }

        long hole2 = Libc.lseek(file, start, Libc.SEEK_HOLE);
        end = hole2 < 0 ? size : Math.Min(hole2, size);
        start = Math.Min(start, size);
        return start < end;
    }

    /// <summary>Puts a file's content or a directory's names on disk.</summary>
    public static Errno Sync(FileDescriptor file) => ResultOf(Libc.fsync(file));

    /// <summary>Puts everything written to the file system that holds this file on disk.</summary>
    public static Errno SyncFileSystem(FileDescriptor file) => ResultOf(Libc.syncfs(file));

    /// <summary>What the kernel says of an open file.</summary>
    public static Errno Status(FileDescriptor file, out FileStatus status) =>
        StatusOf(file, [0], Libc.AT_EMPTY_PATH, out status);

    /// <summary>What the kernel says of a name; of a symbolic link itself.</summary>
    public static Errno Status(FileDescriptor parent, ReadOnlySpan<byte> name, out FileStatus status)
    {
        status = default;
        Span<byte> buffer = stackalloc byte[NameBuffer];
        return IsName(name, buffer) ? StatusOf(parent, buffer, 0, out status) : Errno.Inval;
    }

    /// <summary>The target of a symbolic link.</summary>
    public static Errno ReadLink(FileDescriptor parent, ReadOnlySpan<byte> name, out byte[] target)
    {
        target = [];
        Span<byte> buffer = stackalloc byte[NameBuffer];
        if (!IsName(name, buffer))
        {
            return Errno.Inval;
        }

        Span<byte> content = stackalloc byte[MaxPath + 1];
        nint length = Libc.readlinkat(parent, buffer, content, (nuint)content.Length);
        if (length < 0)
        {
            return (Errno)Marshal.GetLastPInvokeError();
        }

        target = content[..(int)length].ToArray();
        return Errno.None;
    }

    /// <summary>The names in a directory, without <c>.</c> and <c>..</c>, sorted by their bytes.</summary>
    /// <exception cref="LinuxException">The directory cannot be read.</exception>
    public static IReadOnlyList<byte[]> Names(FileDescriptor directory)
    {
        nint number = RuntimeInformation.ProcessArchitecture == Architecture.Arm64
            ? Libc.SYS_getdents64_arm64
            : Libc.SYS_getdents64_x64;
        _ = Libc.lseek(directory, 0, Libc.SEEK_SET);
        List<byte[]> names = [];
        byte[] buffer = new byte[DirectoryBuffer];
        while (true)
        {
            nint length = Libc.getdents64(number, directory, buffer, (nuint)buffer.Length);
            if (length < 0)
            {
                throw LinuxException.Last("getdents64", "");
            }

            if (length == 0)
            {
                break;
            }

            AddNames(buffer.AsSpan(0, (int)length), names);
        }

        names.Sort(static (left, right) => left.AsSpan().SequenceCompareTo(right));
        return names;
    }

    // struct linux_dirent64: inode (8), offset (8), record length (2), type (1), name with NUL.
    private static void AddNames(ReadOnlySpan<byte> records, List<byte[]> names)
    {
        while (records.Length > EntryNameOffset)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(records[16..]);
            ReadOnlySpan<byte> name = records[EntryNameOffset..length];
            name = name[..name.IndexOf((byte)0)];
            if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
            {
                names.Add(name.ToArray());
            }

            records = records[length..];
        }
    }

    private static Errno StatusOf(FileDescriptor parent, ReadOnlySpan<byte> name, int flags, out FileStatus status)
    {
        const uint BasicStats = 0x7ff;
        int result = Libc.statx(parent, name, flags | Libc.AT_SYMLINK_NOFOLLOW | Libc.AT_NO_AUTOMOUNT, BasicStats, out Statx raw);
        if (result != 0)
        {
            status = default;
            return (Errno)Marshal.GetLastPInvokeError();
        }

        status = FileStatus.From(in raw);
        return Errno.None;
    }
}
