using System.Runtime.InteropServices;

namespace Hull.Linux;

internal static partial class Libc
{
    internal const short POLLIN = 0x1;

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int ppoll(ref PollEntry fds, nuint nfds, in KernelTimeSpan timeout, nint sigmask);

    /// <summary>Layout of struct pollfd, 8 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct PollEntry
    {
        internal int Fd;
        internal short Events;
        internal short Revents;
    }

    /// <summary>Layout of struct timespec on 64-bit machines, 16 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct KernelTimeSpan
    {
        internal long Seconds;
        internal long Nanoseconds;
    }
}
