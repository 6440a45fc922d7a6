using System.Runtime.InteropServices;

namespace Hull.Linux;

/// <summary>Turns bytes into one Zstandard frame with a checksum; the same bytes and level give the same frame.</summary>
/// <remarks>Source: RFC 8878; zstd.h, "Streaming compression". Not thread-safe.</remarks>
public sealed class ZstdEncoder : SafeHandle
{
    /// <summary>The library's own middle between speed and size.</summary>
    public const int DefaultLevel = 3;

    private const string Subject = "Zstandard compression failed";

    /// <summary>Makes an encoder.</summary>
    /// <param name="level">1 (fast) to 19 (small).</param>
    /// <exception cref="HullException">The library is missing.</exception>
    public ZstdEncoder(int level = DefaultLevel)
        : base(0, ownsHandle: true)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(level, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(level, 19);
        SetHandle(Zstd.Use(Libc.ZSTD_createCCtx));
        Zstd.Check(Libc.ZSTD_CCtx_setParameter(this, Libc.ZSTD_c_compressionLevel, level), ErrorKind.Internal, Subject);
        Zstd.Check(Libc.ZSTD_CCtx_setParameter(this, Libc.ZSTD_c_checksumFlag, 1), ErrorKind.Internal, Subject);
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>Encodes as much as fits.</summary>
    /// <param name="source">Bytes to encode.</param>
    /// <param name="target">Where to.</param>
    /// <param name="finish">Whether the source is the last; call until the answer is true.</param>
    /// <param name="consumed">How many bytes of the source were taken.</param>
    /// <param name="written">How many bytes of the target were filled.</param>
    /// <returns>Whether, after <paramref name="finish"/>, the frame is complete.</returns>
    public unsafe bool Encode(ReadOnlySpan<byte> source, Span<byte> target, bool finish, out int consumed, out int written)
    {
        // SAFETY: both spans are pinned for the call; the library stays inside the sizes given with them.
        fixed (byte* from = source)
        fixed (byte* to = target)
        {
            ZstdBuffer input = new() { Address = (nint)from, Size = (nuint)source.Length };
            ZstdBuffer output = new() { Address = (nint)to, Size = (nuint)target.Length };
            int operation = finish ? Libc.ZSTD_e_end : Libc.ZSTD_e_continue;
            nuint rest = Zstd.Check(
                Libc.ZSTD_compressStream2(this, ref output, ref input, operation), ErrorKind.Internal, Subject);
            consumed = (int)input.Position;
            written = (int)output.Position;
            return finish && rest == 0;
        }
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        _ = Libc.ZSTD_freeCCtx(handle);
        return true;
    }
}
