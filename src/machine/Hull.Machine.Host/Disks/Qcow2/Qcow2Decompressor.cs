using System.IO.Compression;
using Hull.Linux;

namespace Hull.Machine.Host.Disks.Qcow2;

/// <summary>Unpacks compressed clusters and keeps the last one. Source: qcow2.txt, "Compressed Clusters Descriptor".</summary>
internal sealed class Qcow2Decompressor(Qcow2Header header, IDiskFile file) : IDisposable
{
    private const int SectorBytes = 512;

    private readonly byte[] _cluster = new byte[header.ClusterBytes];
    private ulong _entry;
    private ZstdDecoder? _zstd;

    /// <summary>The file's bytes that a compressed cluster may lie in.</summary>
    internal static (long Offset, int Length) Locate(ulong entry, int clusterBits)
    {
        int shift = 62 - (clusterBits - 8);
        long offset = (long)(entry & ((1ul << shift) - 1));
        int sectors = (int)((entry >> shift) & ((1ul << (clusterBits - 8)) - 1)) + 1;
        return (offset, (sectors * SectorBytes) - (int)(offset % SectorBytes));
    }

    /// <summary>Unpacks a cluster.</summary>
    /// <returns>Its bytes, until the next call; null when it is damaged or the host failed.</returns>
    internal byte[]? TryUnpack(ulong entry)
    {
        if (_entry == entry)
        {
            return _cluster;
        }

        (long offset, int length) = Locate(entry, header.ClusterBits);
        if (offset >= file.Length)
        {
            return null;
        }

        byte[] packed = new byte[length];
        _entry = 0;
        if (!file.TryRead(offset, packed) || !(header.IsZstd ? TryZstd(packed) : TryDeflate(packed)))
        {
            return null;
        }

        _entry = entry;
        return _cluster;
    }

    /// <inheritdoc/>
    public void Dispose() => _zstd?.Dispose();

    private bool TryDeflate(byte[] packed)
    {
        try
        {
            using DeflateStream stream = new(new MemoryStream(packed, writable: false), CompressionMode.Decompress);
            return stream.ReadAtLeast(_cluster, _cluster.Length, throwOnEndOfStream: false) == _cluster.Length;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    private bool TryZstd(byte[] packed)
    {
        // A decoder that failed in the middle of a frame is not used again.
        ZstdDecoder decoder = _zstd ?? new ZstdDecoder();
        _zstd = null;
        try
        {
            int from = 0;
            int to = 0;
            while (to < _cluster.Length)
            {
                decoder.Decode(packed.AsSpan(from), _cluster.AsSpan(to), out int consumed, out int written);
                if (consumed == 0 && written == 0)
                {
                    decoder.Dispose();
                    return false;
                }

                from += consumed;
                to += written;
            }
        }
        catch (HullException)
        {
            decoder.Dispose();
            return false;
        }

        if (decoder.IsAtFrameEnd)
        {
            _zstd = decoder;
        }
        else
        {
            decoder.Dispose();
        }

        return true;
    }
}
