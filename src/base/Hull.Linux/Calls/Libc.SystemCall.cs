using System.Runtime.InteropServices;

namespace Hull.Linux;

internal static partial class Libc
{
    /// <summary>Any system call by number. syscall(2) is variadic: six register-sized arguments are always right here.</summary>
    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    internal static partial nint system_call(nint number, nint a0, nint a1, nint a2, nint a3, nint a4, nint a5);
}
