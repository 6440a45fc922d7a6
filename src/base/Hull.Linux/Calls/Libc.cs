namespace Hull.Linux;

/// <summary>The C library's entry points, one family per file, with the kernel's and the manual's spelling.</summary>
internal static partial class Libc
{
    /// <summary>The name every <c>LibraryImport</c> here uses.</summary>
    internal const string Library = "libc";
}
