using System.IO.Compression;
using Hull.Linux;
using Hull.Snapshot.Compression;

namespace Hull.Fuzz.Targets;

/// <summary>gzip and Zstandard streams: an end, a refusal, and never more than asked for.</summary>
internal sealed class CompressionTarget : IFuzzTarget
{
    private const int MostBytes = 4 * 1024 * 1024;

    public string Name => "compression";

    public IReadOnlyList<byte[]> Seeds { get; } = [Gzip(), Zstd(), [.. Gzip(), .. Gzip()], [.. Zstd(), .. Zstd()]];

    public void Run(ReadOnlyMemory<byte> input)
    {
        using MemoryStream packed = new(input.ToArray());
        using Stream plain = Decompression.Open(packed, out _);
        byte[] buffer = new byte[64 * 1024];
        int total = 0;
        int length;
        while (total < MostBytes && (length = plain.Read(buffer)) > 0)
        {
            total += length;
        }
    }

    private static byte[] Gzip()
    {
        MemoryStream packed = new();
        using (GZipStream stream = new(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            stream.Write("hello hello hello hello"u8);
        }

        return packed.ToArray();
    }

    private static byte[] Zstd()
    {
        using ZstdEncoder encoder = new();
        byte[] packed = new byte[256];
        encoder.Encode("hello hello hello hello"u8, packed, finish: true, out _, out int written);
        return packed[..written];
    }
}
