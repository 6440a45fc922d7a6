using System.Runtime.InteropServices;

namespace Hull.Linux;

internal static partial class Libc
{

    internal const int O_APPEND = 0x400;

    [LibraryImport(Library, SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int open(string path, int flags, int mode = 0);
}
