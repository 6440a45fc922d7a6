using System.Security.Cryptography;
using Hull.Snapshot.Compression;

namespace Hull.Snapshot.Layers;

/// <summary>Counts, and if asked hashes, what is read through it.</summary>
internal sealed class HashingReadStream(Stream source, HashAlgorithmName? algorithm) : ReadOnlyStream
{
    private readonly IncrementalHash? _hash = algorithm is HashAlgorithmName name ? IncrementalHash.CreateHash(name) : null;

    /// <summary>Bytes read so far.</summary>
    internal long Count { get; private set; }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        int length = source.Read(buffer);
        Count += length;
        _hash?.AppendData(buffer[..length]);
        return length;
    }

    /// <summary>The digest of everything, after reading what the reader above left over.</summary>
    internal string FinishHex()
    {
        byte[] rest = new byte[4096];
        while (Read(rest.AsSpan()) > 0)
        {
        }

        return _hash is null ? "" : Convert.ToHexStringLower(_hash.GetHashAndReset());
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _hash?.Dispose();
            source.Dispose();
        }

        base.Dispose(disposing);
    }
}
