using System.Buffers;
using Hull.Linux;

namespace Hull.Snapshot.Compression;

/// <summary>Unpacks Zstandard frames, one after another, while reading.</summary>
internal sealed class ZstdReadStream(Stream packed) : ReadOnlyStream
{
    private const int InputBytes = 256 * 1024;

    private readonly ZstdDecoder _decoder = new();
    private byte[]? _input = ArrayPool<byte>.Shared.Rent(InputBytes);
    private int _start;
    private int _end;

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_input is null, this);
        while (!buffer.IsEmpty)
        {
            _decoder.Decode(_input.AsSpan(_start, _end - _start), buffer, out int consumed, out int written);
            _start += consumed;
            if (written > 0)
            {
                return written;
            }

            if (_start < _end)
            {
                continue;
            }

            _start = 0;
            _end = packed.Read(_input, 0, InputBytes);
            if (_end == 0)
            {
                return _decoder.IsAtFrameEnd
                    ? 0
                    : throw new HullException(ErrorKind.DataLoss, "The Zstandard data ends in the middle of a frame.");
            }
        }

        return 0;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && _input is not null)
        {
            ArrayPool<byte>.Shared.Return(_input);
            _input = null;
            _decoder.Dispose();
            packed.Dispose();
        }

        base.Dispose(disposing);
    }
}
