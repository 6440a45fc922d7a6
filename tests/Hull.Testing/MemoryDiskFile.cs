using Hull.Machine.Host.Disks;

namespace Hull.Testing;

/// <summary>A file in memory that remembers what was not yet synced, to try every way a power failure can end.</summary>
public sealed class MemoryDiskFile : IDiskFile
{
    private const int SectorBytes = 512;
    private const long MaxBytes = 1 << 28;

    private readonly List<(long Offset, byte[] Bytes)> _unsynced = [];
    private byte[] _durable;
    private byte[] _bytes;
    private int _length;

    public MemoryDiskFile(byte[] content)
    {
        _bytes = [.. content];
        _durable = [.. content];
        _length = content.Length;
    }

    /// <summary>Whether unsynced writes are kept for <see cref="AfterPowerFailure"/>.</summary>
    public bool Records { get; init; }

    public long Length => _length;

    public byte[] Content => _bytes[.._length];

    public bool TryRead(long offset, Span<byte> destination)
    {
        destination.Clear();
        if (offset < 0)
        {
            return false;
        }

        if (offset < _length)
        {
            ReadOnlySpan<byte> there = _bytes.AsSpan((int)offset, (int)Math.Min(destination.Length, _length - offset));
            there.CopyTo(destination);
        }

        return true;
    }

    public bool TryWrite(long offset, ReadOnlySpan<byte> source)
    {
        if (offset < 0 || offset + source.Length > MaxBytes)
        {
            return false;
        }

        Put(ref _bytes, offset, source);
        _length = (int)Math.Max(_length, offset + source.Length);
        if (Records)
        {
            _unsynced.Add((offset, source.ToArray()));
        }

        return true;
    }

    public bool TrySync()
    {
        if (Records)
        {
            _unsynced.Clear();
            _durable = Content;
        }

        return true;
    }

    public bool TryPunch(long offset, long length)
    {
        long end = Math.Min(offset + length, _length);
        return offset >= end || TryWrite(offset, new byte[end - offset]);
    }

    /// <summary>What is found after a power failure now: each sector written since the last sync may have been kept or lost.</summary>
    public byte[] AfterPowerFailure(Random random)
    {
        byte[] left = [.. _durable];
        foreach ((long offset, byte[] bytes) in _unsynced)
        {
            for (int i = 0; i < bytes.Length;)
            {
                int part = (int)Math.Min(bytes.Length - i, SectorBytes - ((offset + i) % SectorBytes));
                if (random.Next(2) == 0)
                {
                    Put(ref left, offset + i, bytes.AsSpan(i, part));
                }

                i += part;
            }
        }

        return left;
    }

    public void Dispose()
    {
    }

    private static void Put(ref byte[] bytes, long offset, ReadOnlySpan<byte> source)
    {
        if (offset + source.Length > bytes.Length)
        {
            Array.Resize(ref bytes, (int)Math.Max(offset + source.Length, Math.Min(bytes.Length * 2L, MaxBytes)));
        }

        source.CopyTo(bytes.AsSpan((int)offset));
    }
}
