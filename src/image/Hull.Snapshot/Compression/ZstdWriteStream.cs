using System.Buffers;
using Hull.Linux;

namespace Hull.Snapshot.Compression;

/// <summary>Packs what is written into one Zstandard frame; disposing completes the frame and leaves the target open.</summary>
internal sealed class ZstdWriteStream(Stream target, int level) : WriteOnlyStream
{
    private const int OutputBytes = 256 * 1024;

    private readonly ZstdEncoder _encoder = new(level);
    private byte[]? _output = ArrayPool<byte>.Shared.Rent(OutputBytes);

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_output is null, this);
        while (!buffer.IsEmpty)
        {
            _encoder.Encode(buffer, _output, finish: false, out int consumed, out int written);
            target.Write(_output, 0, written);
            buffer = buffer[consumed..];
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && _output is not null)
        {
            bool done;
            do
            {
                done = _encoder.Encode([], _output, finish: true, out _, out int written);
                target.Write(_output, 0, written);
            }
            while (!done);

            ArrayPool<byte>.Shared.Return(_output);
            _output = null;
            _encoder.Dispose();
        }

        base.Dispose(disposing);
    }
}
