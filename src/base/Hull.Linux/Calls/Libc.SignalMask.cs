using System.Runtime.InteropServices;

namespace Hull.Linux;

internal static partial class Libc
{
    internal const int SFD_NONBLOCK = 0x800;
    internal const int SFD_CLOEXEC = 0x80000;

    /// <summary>Bytes of glibc's sigset_t; the kernel reads the first eight.</summary>
    internal const int SignalSetBytes = 128;

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int signalfd(int fd, in ulong mask, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int kill(int pid, int signal);
}
