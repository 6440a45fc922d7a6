using System.Buffers;

namespace Hull.Snapshot.Tar;

/// <summary>Gives an archive in runs of whole blocks, so that a header never straddles two runs.</summary>
internal abstract class BlockSource : IDisposable
{
    /// <summary>The next bytes: a multiple of 512 unless the archive ends with them; empty at the end.</summary>
    /// <remarks>What was given before is no longer valid.</remarks>
    internal abstract ReadOnlyMemory<byte> Next();

    /// <inheritdoc/>
    public abstract void Dispose();
}

/// <summary>Blocks of a stream.</summary>
internal sealed class StreamBlockSource(Stream stream, bool leaveOpen) : BlockSource
{
    private const int BufferBytes = 256 * 1024;

    private byte[]? _buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);

    /// <inheritdoc/>
    internal override ReadOnlyMemory<byte> Next()
    {
        ObjectDisposedException.ThrowIf(_buffer is null, this);
        int length = stream.ReadAtLeast(_buffer.AsSpan(0, BufferBytes), BufferBytes, throwOnEndOfStream: false);
        return _buffer.AsMemory(0, length);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (_buffer is not null)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = null;
            if (!leaveOpen)
            {
                stream.Dispose();
            }
        }
    }
}
