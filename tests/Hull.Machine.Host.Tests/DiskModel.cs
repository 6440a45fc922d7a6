using Hull.Machine.Devices.Virtio;

namespace Hull.Machine.Host.Tests;

/// <summary>Does the same random things to a disk and to an array, and compares.</summary>
internal sealed class DiskModel(byte[] content, int seed)
{
    private readonly Random _random = new(seed);

    internal byte[] Content => content;

    /// <summary>One random operation.</summary>
    internal void Step(IBlockStore disk)
    {
        (long offset, int length) = Range();
        switch (_random.Next(10))
        {
            case < 5:
                byte[] data = new byte[length];
                _random.NextBytes(data);
                Assert.True(disk.TryWrite(offset, data));
                data.CopyTo(content, offset);
                break;
            case 5:
                Assert.True(disk.TryDiscard(offset, length, mustBeZero: true));
                content.AsSpan((int)offset, length).Clear();
                break;
            case 6:
                Assert.True(disk.TryDiscard(offset, length, mustBeZero: false));
                Adopt(disk, offset, length);
                break;
            case 7:
                Assert.True(disk.TryFlush());
                break;
            default:
                byte[] read = new byte[length];
                Assert.True(disk.TryRead(offset, read));
                Assert.True(read.AsSpan().SequenceEqual(content.AsSpan((int)offset, length)));
                break;
        }
    }

    /// <summary>The whole disk is as it should be.</summary>
    internal void AssertEqual(IBlockStore disk)
    {
        byte[] read = new byte[content.Length];
        Assert.Equal(content.Length, disk.Size);
        Assert.True(disk.TryRead(0, read));
        Assert.True(read.AsSpan().SequenceEqual(content));
    }

    // Discarded bytes read as zeros or as before, each sector for itself.
    private void Adopt(IBlockStore disk, long offset, int length)
    {
        byte[] now = new byte[length];
        Assert.True(disk.TryRead(offset, now));
        Span<byte> before = content.AsSpan((int)offset, length);
        for (int i = 0; i < length; i += 512)
        {
            ReadOnlySpan<byte> sector = now.AsSpan(i, 512);
            Assert.True(sector.SequenceEqual(before.Slice(i, 512)) || !sector.ContainsAnyExcept((byte)0));
        }

        now.CopyTo(before);
    }

    private (long Offset, int Length) Range()
    {
        int sectors = content.Length / 512;
        int count = 1 + (_random.Next(4) == 0 ? _random.Next(Math.Min(sectors - 1, 600)) : _random.Next(9));
        return (512L * _random.Next(sectors - count + 1), count * 512);
    }
}
