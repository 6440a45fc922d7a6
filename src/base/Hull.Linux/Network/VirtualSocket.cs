using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Hull.Linux;

/// <summary>Stream sockets between a guest and its host. Source: vsock(7).</summary>
public static class VirtualSocket
{
    /// <summary>VMADDR_CID_HOST: the host, as a guest names it.</summary>
    public const uint HostAddress = 2;

    private const int AddressFamily = 40;
    private const uint AnyAddress = uint.MaxValue;
    private const int Backlog = 128;

    // struct sockaddr_vm: family, reserved, port, cid, flags and padding; 16 bytes.
    private const int AddressBytes = 16;
    private const int PortOffset = 4;
    private const int CidOffset = 8;

    /// <summary>Listens at a port of this machine.</summary>
    /// <exception cref="LinuxException">The kernel has no such sockets, or the port is taken.</exception>
    public static FileDescriptor Listen(uint port)
    {
        FileDescriptor fd = Create();
        byte[] address = AddressOf(AnyAddress, port);
        if (Libc.bind(fd, in address[0], AddressBytes) != 0 || Libc.listen(fd, Backlog) != 0)
        {
            LinuxException failure = LinuxException.Last("bind", $"vsock port {port}");
            fd.Dispose();
            throw failure;
        }

        return fd;
    }

    /// <summary>Waits for a connection.</summary>
    /// <exception cref="LinuxException">The listener is broken.</exception>
    public static FileDescriptor Accept(FileDescriptor listener)
    {
        while (true)
        {
            int number = Libc.accept4(listener, 0, 0, Libc.SOCK_CLOEXEC);
            if (number >= 0)
            {
                return FileDescriptor.Own(number, "accept4");
            }

            if ((Errno)Marshal.GetLastPInvokeError() is not (Errno.Intr or Errno.ConnReset))
            {
                throw LinuxException.Last("accept4", "vsock");
            }
        }
    }

    /// <summary>Connects; reads and writes on the result wait.</summary>
    /// <exception cref="LinuxException">Nobody listens there.</exception>
    public static FileDescriptor Connect(uint cid, uint port)
    {
        FileDescriptor fd = Create();
        byte[] address = AddressOf(cid, port);
        while (Libc.connect(fd, in address[0], AddressBytes) != 0)
        {
            LinuxException failure = LinuxException.Last("connect", $"vsock port {port}");
            if (failure.Error != Errno.Intr)
            {
                fd.Dispose();
                throw failure;
            }
        }

        return fd;
    }

    private static FileDescriptor Create() =>
        FileDescriptor.Own(Libc.socket(AddressFamily, Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC, 0), "socket", "vsock");

    private static byte[] AddressOf(uint cid, uint port)
    {
        byte[] address = new byte[AddressBytes];
        BinaryPrimitives.WriteUInt16LittleEndian(address, AddressFamily);
        BinaryPrimitives.WriteUInt32LittleEndian(address.AsSpan(PortOffset), port);
        BinaryPrimitives.WriteUInt32LittleEndian(address.AsSpan(CidOffset), cid);
        return address;
    }
}
