using System.Runtime.InteropServices;

namespace Hull.Linux;

/// <summary>Turns Zstandard frames, one after another, back into bytes.</summary>
/// <remarks>Source: RFC 8878; zstd.h, "Streaming decompression". Not thread-safe.</remarks>
public sealed class ZstdDecoder : SafeHandle
{
    /// <summary>Largest window accepted, as a power of two: 128 MiB, what <c>zstd --ultra</c> may write without <c>--long=28</c>.</summary>
    public const int MaxWindowLog = 27;

    private const string Subject = "The Zstandard data is damaged";

    /// <summary>Makes a decoder.</summary>
    /// <exception cref="HullException">The library is missing.</exception>
    public ZstdDecoder()
        : base(0, ownsHandle: true)
    {
        SetHandle(Zstd.Use(Libc.ZSTD_createDCtx));
        Zstd.Check(Libc.ZSTD_DCtx_setParameter(this, Libc.ZSTD_d_windowLogMax, MaxWindowLog), ErrorKind.Internal, Subject);
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>Whether the bytes so far end exactly at the end of a frame.</summary>
    public bool IsAtFrameEnd { get; private set; } = true;

    /// <summary>Decodes as much as fits.</summary>
    /// <param name="source">Compressed bytes.</param>
    /// <param name="target">Where to.</param>
    /// <param name="consumed">How many bytes of the source were taken.</param>
    /// <param name="written">How many bytes of the target were filled.</param>
    /// <exception cref="HullException">The data is damaged or wants a larger window than allowed.</exception>
    public unsafe void Decode(ReadOnlySpan<byte> source, Span<byte> target, out int consumed, out int written)
    {
        // SAFETY: both spans are pinned for the call; the library stays inside the sizes given with them.
        fixed (byte* from = source)
        fixed (byte* to = target)
        {
            ZstdBuffer input = new() { Address = (nint)from, Size = (nuint)source.Length };
            ZstdBuffer output = new() { Address = (nint)to, Size = (nuint)target.Length };
            nuint rest = Zstd.Check(Libc.ZSTD_decompressStream(this, ref output, ref input), ErrorKind.DataLoss, Subject);
            consumed = (int)input.Position;
            written = (int)output.Position;
            if (consumed > 0 || written > 0)
            {
                IsAtFrameEnd = rest == 0;
            }
        }
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        _ = Libc.ZSTD_freeDCtx(handle);
        return true;
    }
}
