using System.Runtime.InteropServices;
using System.Text;

namespace Hull.Linux;

/// <summary>A tap: an Ethernet interface of the kernel's whose wire is a descriptor. Source: the kernel's networking/tuntap.rst.</summary>
/// <remarks>Every frame has a virtio-net header of 12 bytes in front. Reading and writing never wait.</remarks>
public static class Tap
{
    /// <summary>Bytes of the header.</summary>
    public const int HeaderBytes = 12;

    private const int NameBytes = 16;
    private const int RequestBytes = 40;

    /// <summary>Opens an interface in the calling thread's network namespace; makes it when it is not there.</summary>
    /// <param name="name">Its name, 1 to 15 bytes.</param>
    /// <exception cref="LinuxException">The host has no tun driver, or this process may not.</exception>
    public static FileDescriptor Open(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Span<byte> request = stackalloc byte[RequestBytes];
        request.Clear();
        if (Encoding.UTF8.GetByteCount(name) >= NameBytes)
        {
            throw new LinuxException("ioctl", name, Errno.Inval);
        }

        Encoding.UTF8.GetBytes(name, request);
        const short Flags = Libc.IFF_TAP | Libc.IFF_NO_PI | Libc.IFF_VNET_HDR;
        MemoryMarshal.Write(request[NameBytes..], Flags);
        FileDescriptor tap = HostFile.Open("/dev/net/tun", HostFile.ReadWrite | HostFile.NonBlocking);
        Span<byte> size = stackalloc byte[sizeof(int)];
        MemoryMarshal.Write(size, HeaderBytes);
        if (Libc.tap_ioctl(tap, Libc.TUNSETIFF, ref request[0]) != 0 || Libc.tap_ioctl(tap, Libc.TUNSETVNETHDRSZ, ref size[0]) != 0)
        {
            LinuxException error = LinuxException.Last("ioctl", name);
            tap.Dispose();
            throw error;
        }

        return tap;
    }

    /// <summary>What the reader can do with frames: leave out checksums, take large segments. A wish, never a failure.</summary>
    public static void SetOffloads(FileDescriptor tap, bool checksums, bool segments4, bool segments6)
    {
        int flags = (checksums ? Libc.TUN_F_CSUM : 0) | (segments4 ? Libc.TUN_F_TSO4 : 0) | (segments6 ? Libc.TUN_F_TSO6 : 0);
        _ = Libc.tap_ioctl(tap, Libc.TUNSETOFFLOAD, flags);
    }
}
