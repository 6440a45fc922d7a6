using System.Runtime.InteropServices;

namespace Hull.Linux;

internal static partial class Libc
{
    internal const int O_WRONLY = 0x1;
    internal const int O_RDWR = 0x2;
    internal const int O_CREAT = 0x40;
    internal const int O_EXCL = 0x80;
    internal const int O_NONBLOCK = 0x800;
    internal const int O_DIRECTORY = 0x10000;
    internal const int O_NOFOLLOW = 0x20000;
    internal const int O_NOATIME = 0x40000;
    internal const int O_CLOEXEC = 0x80000;
    internal const int O_PATH = 0x200000;

    internal const int AT_FDCWD = -100;
    internal const int AT_SYMLINK_NOFOLLOW = 0x100;
    internal const int AT_REMOVEDIR = 0x200;
    internal const int AT_NO_AUTOMOUNT = 0x800;
    internal const int AT_EMPTY_PATH = 0x1000;

    internal const int RENAME_NOREPLACE = 1;

    internal const int SYS_openat2 = 437;
    internal const int SYS_getdents64_x64 = 217;
    internal const int SYS_getdents64_arm64 = 61;

    internal const nint UTIME_OMIT = 0x3ffffffe;

    internal const int SEEK_SET = 0;
    internal const int SEEK_CUR = 1;
    internal const int SEEK_DATA = 3;
    internal const int SEEK_HOLE = 4;

    internal const int CLONE_FS = 0x200;

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    internal static partial nint openat2(nint number, nint dirfd, ReadOnlySpan<byte> path, in OpenHow how, nuint size);

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    internal static partial nint getdents64(nint number, FileDescriptor fd, Span<byte> entries, nuint size);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int openat(nint dirfd, ReadOnlySpan<byte> path, int flags, nuint mode);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int mkdirat(FileDescriptor dirfd, ReadOnlySpan<byte> path, uint mode);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int mknodat(FileDescriptor dirfd, ReadOnlySpan<byte> path, uint mode, ulong device);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int symlinkat(ReadOnlySpan<byte> target, FileDescriptor dirfd, ReadOnlySpan<byte> path);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int linkat(
        FileDescriptor olddirfd, ReadOnlySpan<byte> oldpath, FileDescriptor newdirfd, ReadOnlySpan<byte> newpath, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int unlinkat(FileDescriptor dirfd, ReadOnlySpan<byte> path, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int renameat2(
        FileDescriptor olddirfd, ReadOnlySpan<byte> oldpath, FileDescriptor newdirfd, ReadOnlySpan<byte> newpath, uint flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int fchownat(FileDescriptor dirfd, ReadOnlySpan<byte> path, uint owner, uint group, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int fchown(FileDescriptor fd, uint owner, uint group);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int fchmod(FileDescriptor fd, uint mode);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int fchmodat(FileDescriptor dirfd, ReadOnlySpan<byte> path, uint mode, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int futimens(FileDescriptor fd, in AccessAndModification times);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int utimensat(
        FileDescriptor dirfd, ReadOnlySpan<byte> path, in AccessAndModification times, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int ftruncate(FileDescriptor fd, long length);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int syncfs(FileDescriptor fd);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int fsync(FileDescriptor fd);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial long lseek(FileDescriptor fd, long offset, int whence);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint write(FileDescriptor fd, ReadOnlySpan<byte> buffer, nuint count);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint pwrite(FileDescriptor fd, ReadOnlySpan<byte> buffer, nuint count, long offset);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint read(FileDescriptor fd, Span<byte> buffer, nuint count);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint pread(FileDescriptor fd, Span<byte> buffer, nuint count, long offset);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint readlinkat(FileDescriptor dirfd, ReadOnlySpan<byte> path, Span<byte> buffer, nuint size);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int statx(
        FileDescriptor dirfd, ReadOnlySpan<byte> path, int flags, uint mask, out Statx status);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int lsetxattr(
        ReadOnlySpan<byte> path, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, nuint size, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int fsetxattr(
        FileDescriptor fd, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, nuint size, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint lgetxattr(
        ReadOnlySpan<byte> path, ReadOnlySpan<byte> name, Span<byte> value, nuint size);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint llistxattr(ReadOnlySpan<byte> path, Span<byte> list, nuint size);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint fgetxattr(FileDescriptor fd, ReadOnlySpan<byte> name, Span<byte> value, nuint size);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint flistxattr(FileDescriptor fd, Span<byte> list, nuint size);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int lremovexattr(ReadOnlySpan<byte> path, ReadOnlySpan<byte> name);

    [LibraryImport(Library)]
    internal static partial uint umask(uint mask);

    [LibraryImport(Library, EntryPoint = "unshare", SetLastError = true)]
    internal static partial int unshare_fs(int flags);
}
