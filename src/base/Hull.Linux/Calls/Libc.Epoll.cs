using System.Runtime.InteropServices;

namespace Hull.Linux;

internal static partial class Libc
{
    internal const int EPOLL_CLOEXEC = 0x80000;
    internal const int EPOLL_CTL_ADD = 1;
    internal const int EPOLL_CTL_DEL = 2;
    internal const int EPOLL_CTL_MOD = 3;

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int epoll_create1(int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int epoll_ctl(FileDescriptor epfd, int op, FileDescriptor fd, in EpollEvent @event);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int epoll_wait(FileDescriptor epfd, ref EpollEvent events, int maxevents, int timeoutMs);
}
