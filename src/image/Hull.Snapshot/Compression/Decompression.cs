using System.Buffers.Binary;

namespace Hull.Snapshot.Compression;

/// <summary>Finds out how a stream is packed by its first bytes, and unpacks it.</summary>
public static class Decompression
{
    private const int MagicBytes = 6;

    /// <summary>Wraps a stream so that reading gives the unpacked bytes.</summary>
    /// <param name="packed">Read forward only; belongs to the answer, which disposes it.</param>
    /// <param name="kind">How it is packed.</param>
    /// <exception cref="HullException">It is packed in a way Hull does not read.</exception>
    public static Stream Open(Stream packed, out CompressionKind kind)
    {
        ArgumentNullException.ThrowIfNull(packed);
        byte[] magic = new byte[MagicBytes];
        int length = packed.ReadAtLeast(magic, MagicBytes, throwOnEndOfStream: false);
        kind = KindOf(magic.AsSpan(0, length));
        Stream whole = new PrefixedStream(magic.AsMemory(0, length), packed);
        return kind switch
        {
            CompressionKind.Gzip => new GzipReadStream(whole),
            CompressionKind.Zstd => new ZstdReadStream(whole),
            _ => whole,
        };
    }

    /// <summary>How bytes that begin like this are packed.</summary>
    /// <exception cref="HullException">They are packed in a way Hull does not read.</exception>
    public static CompressionKind KindOf(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b]))
        {
            return CompressionKind.Gzip;
        }

        if (start.Length >= 4)
        {
            uint word = BinaryPrimitives.ReadUInt32LittleEndian(start);
            if (word == 0xFD2FB528 || (word & 0xFFFFFFF0) == 0x184D2A50)
            {
                return CompressionKind.Zstd;
            }
        }

        string? other = start.StartsWith((ReadOnlySpan<byte>)[0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0]) ? "xz"
            : start.StartsWith("BZh"u8) ? "bzip2"
            : null;
        return other is null
            ? CompressionKind.None
            : throw new HullException(
                ErrorKind.Unimplemented, $"The data is packed with '{other}'; repack it with gzip or zstd.");
    }
}
