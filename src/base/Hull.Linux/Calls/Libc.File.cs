using System.Runtime.InteropServices;

namespace Hull.Linux;

internal static partial class Libc
{
    [LibraryImport(Library, SetLastError = true)]
    internal static partial int close(int fd);
}
