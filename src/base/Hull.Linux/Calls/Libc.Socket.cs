using System.Runtime.InteropServices;

namespace Hull.Linux;

internal static partial class Libc
{
    internal const int AF_UNIX = 1;
    internal const int SOCK_STREAM = 1;
    internal const int SOCK_NONBLOCK = 0x800;
    internal const int SOCK_CLOEXEC = 0x80000;
    internal const int MSG_CMSG_CLOEXEC = 0x40000000;
    internal const int MSG_NOSIGNAL = 0x4000;
    internal const int SOL_SOCKET = 1;
    internal const int SCM_RIGHTS = 1;
    internal const int SHUT_WR = 1;
    internal const int SHUT_RDWR = 2;

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int socket(int domain, int type, int protocol);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int socketpair(int domain, int type, int protocol, ref int fds);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int bind(FileDescriptor fd, in byte address, uint length);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int connect(FileDescriptor fd, in byte address, uint length);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int listen(FileDescriptor fd, int backlog);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int accept4(FileDescriptor fd, nint address, nint length, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int shutdown(FileDescriptor fd, int how);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint sendmsg(FileDescriptor fd, in MessageHeader message, int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint recvmsg(FileDescriptor fd, ref MessageHeader message, int flags);

    /// <summary>struct iovec, sys/uio.h, 16 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct IoVector
    {
        internal nint Base;
        internal nuint Length;
    }

    /// <summary>struct msghdr, sys/socket.h, 56 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct MessageHeader
    {
        internal nint Name;
        internal uint NameLength;
        internal uint Padding;
        internal nint Vectors;
        internal nuint VectorCount;
        internal nint Control;
        internal nuint ControlLength;
        internal int Flags;
    }

    /// <summary>struct cmsghdr followed by one descriptor, CMSG_SPACE(4) = 24 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct DescriptorMessage
    {
        internal nuint Length;
        internal int Level;
        internal int Type;
        internal int Descriptor;
        internal int Padding;
    }
}
