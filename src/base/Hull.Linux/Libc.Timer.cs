using System.Runtime.InteropServices;

namespace Hull.Linux;

internal static partial class Libc
{
    internal const int CLOCK_MONOTONIC = 1;
    internal const int TFD_NONBLOCK = 0x800;
    internal const int TFD_CLOEXEC = 0x80000;

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int timerfd_create(int clockid, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int timerfd_settime(FileDescriptor fd, int flags, in TimerSpecification value, nint old);
}
