using System.Runtime.InteropServices;

namespace Hull.Linux;

internal static partial class Libc
{
    private const string ZstdLibrary = "libzstd.so.1";

    // ZSTD_cParameter and ZSTD_dParameter of zstd.h; the values are part of its stable interface.
    internal const int ZSTD_c_compressionLevel = 100;
    internal const int ZSTD_c_checksumFlag = 201;
    internal const int ZSTD_d_windowLogMax = 100;

    internal const int ZSTD_e_continue = 0;
    internal const int ZSTD_e_end = 2;

    [LibraryImport(ZstdLibrary)]
    internal static partial nint ZSTD_createDCtx();

    [LibraryImport(ZstdLibrary)]
    internal static partial nuint ZSTD_freeDCtx(nint context);

    [LibraryImport(ZstdLibrary)]
    internal static partial nuint ZSTD_DCtx_setParameter(ZstdDecoder context, int parameter, int value);

    [LibraryImport(ZstdLibrary)]
    internal static partial nint ZSTD_createCCtx();

    [LibraryImport(ZstdLibrary)]
    internal static partial nuint ZSTD_freeCCtx(nint context);

    [LibraryImport(ZstdLibrary)]
    internal static partial nuint ZSTD_CCtx_setParameter(ZstdEncoder context, int parameter, int value);

    [LibraryImport(ZstdLibrary)]
    internal static partial nuint ZSTD_compressStream2(
        ZstdEncoder context, ref ZstdBuffer output, ref ZstdBuffer input, int operation);

    [LibraryImport(ZstdLibrary)]
    internal static partial nuint ZSTD_decompressStream(
        ZstdDecoder context, ref ZstdBuffer output, ref ZstdBuffer input);

    [LibraryImport(ZstdLibrary)]
    internal static partial uint ZSTD_isError(nuint code);

    [LibraryImport(ZstdLibrary)]
    internal static partial nint ZSTD_getErrorName(nuint code);
}
