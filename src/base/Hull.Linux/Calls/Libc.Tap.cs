using System.Runtime.InteropServices;

namespace Hull.Linux;

// linux/if_tun.h.
internal static partial class Libc
{
    internal const nuint TUNSETIFF = 0x400454CA;
    internal const nuint TUNSETOFFLOAD = 0x400454D0;
    internal const nuint TUNSETVNETHDRSZ = 0x400454D8;
    internal const short IFF_TAP = 0x0002;
    internal const short IFF_NO_PI = 0x1000;
    internal const short IFF_VNET_HDR = 0x4000;
    internal const int TUN_F_CSUM = 1;
    internal const int TUN_F_TSO4 = 2;
    internal const int TUN_F_TSO6 = 4;

    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    internal static partial int tap_ioctl(FileDescriptor fd, nuint request, ref byte argument);

    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    internal static partial int tap_ioctl(FileDescriptor fd, nuint request, nint argument);
}
