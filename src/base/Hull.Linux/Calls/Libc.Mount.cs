using System.Runtime.InteropServices;

namespace Hull.Linux;

internal static partial class Libc
{
    internal const int CLONE_NEWNS = 0x20000;
    internal const nuint MS_REC = 0x4000;
    internal const nuint MS_PRIVATE = 0x40000;

    [LibraryImport(Library, EntryPoint = "unshare", SetLastError = true)]
    internal static partial int unshare_mounts(int flags);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int mount(ReadOnlySpan<byte> source, ReadOnlySpan<byte> target, nint type, nuint flags, nint data);
}
