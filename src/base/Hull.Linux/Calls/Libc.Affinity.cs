using System.Runtime.InteropServices;

namespace Hull.Linux;

internal static partial class Libc
{
    [LibraryImport(Library)]
    internal static partial int sched_getcpu();

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int sched_getaffinity(int thread, nuint bytes, ref ulong mask);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int sched_setaffinity(int thread, nuint bytes, in ulong mask);
}
