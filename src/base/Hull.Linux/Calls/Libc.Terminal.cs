using System.Runtime.InteropServices;

namespace Hull.Linux;

internal static partial class Libc
{
    internal const nuint TIOCGWINSZ = 0x5413;
    internal const nuint TIOCSWINSZ = 0x5414;
    internal const int TCSADRAIN = 1;

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int isatty(FileDescriptor fd);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int tcgetattr(FileDescriptor fd, ref byte attributes);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int tcsetattr(FileDescriptor fd, int actions, in byte attributes);

    [LibraryImport(Library)]
    internal static partial void cfmakeraw(ref byte attributes);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int ioctl(FileDescriptor fd, nuint request, ref WindowSize size);
}
