using System.Runtime.InteropServices;
using System.Text;

namespace Hull.Linux;

/// <summary>Stream sockets named by a path, and descriptors sent through them. Source: unix(7), cmsg(3).</summary>
/// <remarks>Paths of any length work: the socket's directory is opened and named through /proc/self/fd.</remarks>
public static class UnixSocket
{
    private const int MaxPathBytes = 107;
    private const int DescriptorMessageLength = 20;

    /// <summary>Makes two connected sockets.</summary>
    public static (FileDescriptor First, FileDescriptor Second) CreatePair()
    {
        Span<int> fds = stackalloc int[2];
        if (Libc.socketpair(Libc.AF_UNIX, Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC, 0, ref fds[0]) != 0)
        {
            throw LinuxException.Last("socketpair", "");
        }

        return (FileDescriptor.Own(fds[0], "socketpair"), FileDescriptor.Own(fds[1], "socketpair"));
    }

    /// <summary>Listens at a path that must not exist yet; accepting never waits.</summary>
    /// <exception cref="LinuxException">The path exists or cannot be made.</exception>
    public static FileDescriptor Listen(string path, int backlog)
    {
        FileDescriptor fd = Create(Libc.SOCK_NONBLOCK);
        using FileDescriptor directory = OpenDirectoryOf(path);
        byte[] address = AddressOf(directory, path);
        if (Libc.bind(fd, in address[0], (uint)address.Length) != 0)
        {
            LinuxException failure = LinuxException.Last("bind", path);
            fd.Dispose();
            throw failure;
        }

        if (Libc.listen(fd, backlog) != 0)
        {
            LinuxException failure = LinuxException.Last("listen", path);
            fd.Dispose();
            throw failure;
        }

        return fd;
    }

    /// <summary>Connects to a listening path; reads and writes on the result wait.</summary>
    /// <exception cref="LinuxException">Nobody listens there.</exception>
    public static FileDescriptor Connect(string path)
    {
        FileDescriptor fd = Create(0);
        try
        {
            using FileDescriptor directory = OpenDirectoryOf(path);
            byte[] address = AddressOf(directory, path);
            while (Libc.connect(fd, in address[0], (uint)address.Length) != 0)
            {
                LinuxException failure = LinuxException.Last("connect", path);
                if (failure.Error != Errno.Intr)
                {
                    throw failure;
                }
            }

            return fd;
        }
        catch
        {
            fd.Dispose();
            throw;
        }
    }

    /// <summary>Takes one waiting connection; reads and writes on it never wait.</summary>
    /// <returns>Null when none is waiting.</returns>
    public static FileDescriptor? TryAccept(FileDescriptor listener)
    {
        int number = Libc.accept4(listener, 0, 0, Libc.SOCK_CLOEXEC | Libc.SOCK_NONBLOCK);
        if (number >= 0)
        {
            return FileDescriptor.Own(number, "accept4");
        }

        return (Errno)Marshal.GetLastPInvokeError() is Errno.Again or Errno.Intr or Errno.ConnReset or Errno.MFile
            ? null
            : throw LinuxException.Last("accept4", "");
    }

    /// <summary>Tells the peer that no more bytes will come.</summary>
    public static void ShutdownWrite(FileDescriptor fd) => _ = Libc.shutdown(fd, Libc.SHUT_WR);

    /// <summary>Ends both directions; whoever waits on the socket is woken.</summary>
    public static void ShutdownBoth(FileDescriptor fd) => _ = Libc.shutdown(fd, Libc.SHUT_RDWR);

    /// <summary>Sends a descriptor with one byte of data.</summary>
    /// <exception cref="LinuxException">The peer is gone.</exception>
    public static void SendDescriptor(FileDescriptor socket, FileDescriptor descriptor, byte data) =>
        SendDescriptor(socket, descriptor, [data]);

    /// <summary>Sends a descriptor with some data, at least one byte; it arrives with the first of them.</summary>
    /// <exception cref="LinuxException">The peer is gone.</exception>
    public static void SendDescriptor(FileDescriptor socket, FileDescriptor descriptor, ReadOnlySpan<byte> data)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        Libc.DescriptorMessage control = new()
        {
            Length = DescriptorMessageLength,
            Level = Libc.SOL_SOCKET,
            Type = Libc.SCM_RIGHTS,
            Descriptor = descriptor.Number,
        };
        unsafe
        {
            fixed (byte* start = data)
            {
                // SAFETY: every pointer in the header names a local or pinned buffer of this frame, alive until the call returns.
                Libc.IoVector vector = new() { Base = (nint)start, Length = (nuint)data.Length };
                Libc.MessageHeader header = new()
                {
                    Vectors = (nint)(&vector),
                    VectorCount = 1,
                    Control = (nint)(&control),
                    ControlLength = (nuint)sizeof(Libc.DescriptorMessage),
                };

                // A blocking stream socket takes all of a message as short as ours or fails.
                if (Libc.sendmsg(socket, in header, Libc.MSG_NOSIGNAL) != data.Length)
                {
                    throw LinuxException.Last("sendmsg", $"descriptor {socket}");
                }
            }
        }
    }

    /// <summary>Receives one descriptor and whatever data came with it, waiting for the message.</summary>
    /// <returns>Null when the peer closed, or sent data without a descriptor.</returns>
    /// <exception cref="LinuxException">Receiving failed.</exception>
    public static FileDescriptor? ReceiveDescriptor(FileDescriptor socket)
    {
        Span<byte> data = stackalloc byte[4096];
        _ = Receive(socket, data, out FileDescriptor? descriptor);
        return descriptor;
    }

    /// <summary>Receives data, or one message of a message socket, and the descriptor that came with it; waits for it.</summary>
    /// <param name="socket">Where from.</param>
    /// <param name="data">Takes the data; what of a message does not fit is lost.</param>
    /// <param name="descriptor">The descriptor, close-on-exec; null when none came.</param>
    /// <returns>How many bytes came; 0 when the peer closed.</returns>
    /// <exception cref="LinuxException">Receiving failed.</exception>
    public static int Receive(FileDescriptor socket, Span<byte> data, out FileDescriptor? descriptor)
    {
        Libc.DescriptorMessage control = default;
        unsafe
        {
            fixed (byte* start = data)
            {
                // SAFETY: every pointer in the header names a local or pinned buffer of this frame, alive during the call.
                Libc.IoVector vector = new() { Base = (nint)start, Length = (nuint)data.Length };
                Libc.MessageHeader header = new()
                {
                    Vectors = (nint)(&vector),
                    VectorCount = 1,
                    Control = (nint)(&control),
                    ControlLength = (nuint)sizeof(Libc.DescriptorMessage),
                };
                nint count;
                while ((count = Libc.recvmsg(socket, ref header, Libc.MSG_CMSG_CLOEXEC)) < 0)
                {
                    LinuxException failure = LinuxException.Last("recvmsg", $"descriptor {socket}");
                    if (failure.Error != Errno.Intr)
                    {
                        throw failure;
                    }
                }

                bool carries = header.ControlLength >= DescriptorMessageLength
                    && control is { Level: Libc.SOL_SOCKET, Type: Libc.SCM_RIGHTS };
                descriptor = carries ? FileDescriptor.Own(control.Descriptor, "recvmsg") : null;
                return (int)count;
            }
        }
    }

    private static FileDescriptor Create(int flags) =>
        FileDescriptor.Own(Libc.socket(Libc.AF_UNIX, Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC | flags, 0), "socket");

    private static FileDescriptor OpenDirectoryOf(string path)
    {
        string directory = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/";
        return FileDescriptor.Own(Libc.open(directory, Libc.O_PATH | Libc.O_CLOEXEC), "open", directory);
    }

    private static byte[] AddressOf(FileDescriptor directory, string path)
    {
        byte[] name = Encoding.UTF8.GetBytes($"/proc/self/fd/{directory}/{Path.GetFileName(path)}");
        if (name.Length > MaxPathBytes)
        {
            throw new LinuxException("bind", path, Errno.NameTooLong);
        }

        // sockaddr_un: a two-byte family in host order, then the path with its NUL.
        byte[] address = new byte[sizeof(ushort) + name.Length + 1];
        address[0] = Libc.AF_UNIX;
        name.CopyTo(address, sizeof(ushort));
        return address;
    }
}
