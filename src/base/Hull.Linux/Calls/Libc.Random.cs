using System.Runtime.InteropServices;

namespace Hull.Linux;

internal static partial class Libc
{
    // Source: getrandom(2).
    [LibraryImport(Library, SetLastError = true)]
    internal static partial nint getrandom(ref byte buffer, nuint count, uint flags);
}
