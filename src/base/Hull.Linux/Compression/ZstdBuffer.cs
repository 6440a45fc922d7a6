using System.Runtime.InteropServices;

namespace Hull.Linux;

/// <summary>Memory handed to zstd. Layout of ZSTD_inBuffer and ZSTD_outBuffer, zstd.h, 24 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ZstdBuffer
{
    internal nint Address;
    internal nuint Size;
    internal nuint Position;
}
