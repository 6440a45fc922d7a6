using System.IO.Compression;

namespace Hull.Snapshot.Compression;

/// <summary>Unpacks gzip members, one after another, while reading; damage is a <see cref="HullException"/> as everywhere.</summary>
internal sealed class GzipReadStream(Stream packed) : ReadOnlyStream
{
    private const int InputBytes = 256 * 1024;

    // The framework asks for 8 KiB at a time.
    private readonly GZipStream _plain = new(new BufferedStream(packed, InputBytes), CompressionMode.Decompress);

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        try
        {
            return _plain.Read(buffer);
        }
        catch (InvalidDataException error)
        {
            throw new HullException(ErrorKind.DataLoss, "The gzip data is damaged.", error);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _plain.Dispose();
        }

        base.Dispose(disposing);
    }
}
