using System.Runtime.InteropServices;

namespace Hull.Linux;

internal static partial class Libc
{
    internal const nint SYS_pidfd_open = 434;
    internal const nint SYS_pidfd_send_signal = 424;

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint syscall(nint number, nint first, nint second, nint third, nint fourth);
}
