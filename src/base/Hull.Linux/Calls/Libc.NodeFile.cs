using System.Runtime.InteropServices;

namespace Hull.Linux;

internal static partial class Libc
{
    internal const int AT_SYMLINK_FOLLOW = 0x400;
    internal const int SYS_copy_file_range = 326;
    internal const int SYS_setfsuid = 122;
    internal const int SYS_setfsgid = 123;

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int fstatfs(FileDescriptor fd, out FileSystemStatus status);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int fdatasync(FileDescriptor fd);

    [LibraryImport(Library, EntryPoint = "linkat", SetLastError = true)]
    internal static partial int linkat_path(
        int olddirfd, ReadOnlySpan<byte> oldpath, FileDescriptor newdirfd, ReadOnlySpan<byte> newpath, int flags);

    [LibraryImport(Library, EntryPoint = "chmod", SetLastError = true)]
    internal static partial int chmod_path(ReadOnlySpan<byte> path, uint mode);

    [LibraryImport(Library, EntryPoint = "truncate", SetLastError = true)]
    internal static partial int truncate_path(ReadOnlySpan<byte> path, long length);

    [LibraryImport(Library, EntryPoint = "setxattr", SetLastError = true)]
    internal static partial int setxattr_path(
        ReadOnlySpan<byte> path, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, nuint size, int flags);

    [LibraryImport(Library, EntryPoint = "getxattr", SetLastError = true)]
    internal static partial nint getxattr_path(ReadOnlySpan<byte> path, ReadOnlySpan<byte> name, Span<byte> value, nuint size);

    [LibraryImport(Library, EntryPoint = "listxattr", SetLastError = true)]
    internal static partial nint listxattr_path(ReadOnlySpan<byte> path, Span<byte> list, nuint size);

    [LibraryImport(Library, EntryPoint = "removexattr", SetLastError = true)]
    internal static partial int removexattr_path(ReadOnlySpan<byte> path, ReadOnlySpan<byte> name);

    [LibraryImport(Library, EntryPoint = "faccessat", SetLastError = true)]
    internal static partial int faccessat_path(int dirfd, ReadOnlySpan<byte> path, int mode, int flags);
}
