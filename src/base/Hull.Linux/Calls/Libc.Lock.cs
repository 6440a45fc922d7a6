using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Hull.Linux;

internal static partial class Libc
{
    internal const int F_OFD_SETLK = 37;
    internal const int F_OFD_SETLKW = 38;
    internal const short F_RDLCK = 0;
    internal const short F_WRLCK = 1;

    [LibraryImport(Library, EntryPoint = "fcntl", SetLastError = true)]
    internal static partial int fcntl_lock(SafeFileHandle fd, int cmd, in FlockRange range);

    /// <summary>struct flock of fcntl(2), 32 bytes on 64-bit Linux; all zero but the type means the whole file.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 32)]
    internal struct FlockRange
    {
        internal short Type;
        internal short Whence;
        internal long Start;
        internal long Len;
        internal int Pid;
    }
}
