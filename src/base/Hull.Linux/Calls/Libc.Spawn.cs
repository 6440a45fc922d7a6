using System.Runtime.InteropServices;

namespace Hull.Linux;

internal static partial class Libc
{
    internal const short POSIX_SPAWN_SETSIGDEF = 0x4;
    internal const short POSIX_SPAWN_SETSIGMASK = 0x8;
    internal const short POSIX_SPAWN_SETSID = 0x80;

    /// <summary>Bytes of glibc's posix_spawn_file_actions_t (80 on x86-64), with room to spare.</summary>
    internal const int SpawnActionsBytes = 128;

    /// <summary>Bytes of glibc's posix_spawnattr_t (336 on x86-64), with room to spare.</summary>
    internal const int SpawnAttributesBytes = 512;

    [LibraryImport(Library)]
    internal static partial int posix_spawn(
        out int pid, ref byte path, in byte actions, in byte attributes, in nint argv, in nint envp);

    [LibraryImport(Library)]
    internal static partial int posix_spawn_file_actions_init(ref byte actions);

    [LibraryImport(Library)]
    internal static partial int posix_spawn_file_actions_destroy(ref byte actions);

    [LibraryImport(Library)]
    internal static partial int posix_spawn_file_actions_adddup2(ref byte actions, int fd, int newfd);

    [LibraryImport(Library)]
    internal static partial int posix_spawnattr_init(ref byte attributes);

    [LibraryImport(Library)]
    internal static partial int posix_spawnattr_destroy(ref byte attributes);

    [LibraryImport(Library)]
    internal static partial int posix_spawnattr_setflags(ref byte attributes, short flags);

    [LibraryImport(Library)]
    internal static partial int posix_spawnattr_setsigmask(ref byte attributes, in ulong mask);

    [LibraryImport(Library)]
    internal static partial int posix_spawnattr_setsigdefault(ref byte attributes, in ulong mask);

    [LibraryImport(Library, SetLastError = true)]
    internal static partial int waitpid(int pid, out int status, int options);
}
