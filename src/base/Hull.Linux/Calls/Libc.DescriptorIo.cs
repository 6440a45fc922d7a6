using System.Runtime.InteropServices;

namespace Hull.Linux;

internal static partial class Libc
{
    internal const int F_GETFL = 3;
    internal const int F_SETFL = 4;
    internal const int F_DUPFD_CLOEXEC = 1030;

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint read(FileDescriptor fd, ref byte buffer, nuint count);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint write(FileDescriptor fd, in byte buffer, nuint count);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int pipe2(ref int fds, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int fcntl(FileDescriptor fd, int command, nint argument);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int poll(ref Hull.Linux.PollEntry fds, nuint count, int timeoutMs);
}
