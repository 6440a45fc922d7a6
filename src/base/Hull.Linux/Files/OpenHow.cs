using System.Runtime.InteropServices;

namespace Hull.Linux;

/// <summary>How openat2 opens. Layout of struct open_how, linux/openat2.h, 24 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct OpenHow
{
    /// <summary>O_* bits.</summary>
    internal ulong Flags;

    /// <summary>Mode of a created file.</summary>
    internal ulong Mode;

    /// <summary>RESOLVE_* bits.</summary>
    internal ulong Resolve;
}
