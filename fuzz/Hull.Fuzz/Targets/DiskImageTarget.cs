using Hull.Machine.Host.Disks.Qcow2;
using Hull.Testing;

namespace Hull.Fuzz.Targets;

/// <summary>qcow2 images from strangers: opened, read, written, discarded and flushed.</summary>
internal sealed class DiskImageTarget : IFuzzTarget
{
    private const int ChunkBytes = 4096;
    private const int Probes = 24;

    private static readonly byte[] s_data = new byte[ChunkBytes];

    public string Name => "disk-image";

    public IReadOnlyList<byte[]> Seeds { get; } = [Small(), Created()];

    public void Run(ReadOnlyMemory<byte> input)
    {
        using (Qcow2Disk readOnly = Qcow2Disk.Open(new MemoryDiskFile(input.ToArray()), null, "image", readOnly: true))
        {
            Touch(readOnly);
        }

        using Qcow2Disk disk = Qcow2Disk.Open(new MemoryDiskFile(input.ToArray()), null, "image", readOnly: false);
        Touch(disk);
    }

    private static void Touch(Qcow2Disk disk)
    {
        Span<byte> chunk = stackalloc byte[ChunkBytes];
        long step = Math.Max(512, disk.Size / Probes / 512 * 512);
        for (int i = 0; i < Probes; i++)
        {
            long offset = Math.Min(i * step, disk.Size - 512);
            int length = (int)Math.Min(ChunkBytes, disk.Size - offset);
            _ = disk.TryRead(offset, chunk[..length]);
            if (disk.IsReadOnly)
            {
                continue;
            }

            _ = disk.TryWrite(offset, s_data.AsSpan(0, length));
            _ = i % 3 != 0 || disk.TryDiscard(offset, Math.Min(1 << 20, disk.Size - offset), i % 2 == 0);
            _ = i % 5 != 0 || disk.TryFlush();
        }
    }

    private static byte[] Created()
    {
        MemoryDiskFile file = new([]);
        Qcow2Creator.Create(file, "seed", 1 << 20, "base.raw", "raw");
        return file.Content;
    }

    // Clusters of 512 bytes keep the whole image in the mutator's reach: header, one table of each kind, data.
    private static byte[] Small()
    {
        byte[] image = new byte[512 * 8];
        ReadOnlySpan<byte> header =
        [
            0x51, 0x46, 0x49, 0xFB, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9,
            0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 6, 0,
            0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        ];
        header.CopyTo(image);
        image[99] = 4;
        image[103] = 104;
        image[512 + 6] = 4;
        image[1024] = 0x80;
        image[1536] = 0x80;
        return Fill(image);
    }

    private static byte[] Fill(byte[] image)
    {
        // Reference table at 0x200, its block at 0x400, first level at 0x600, second at 0x800, data at 0xA00 and 0xC00.
        image[0x400] = 0;
        for (int i = 0; i < 7; i++)
        {
            image[0x400 + (2 * i) + 1] = 1;
        }

        image[0x606] = 0x08;
        image[0x800] = 0x80;
        image[0x806] = 0x0A;
        image[0x808] = 0x40;
        image[0x80E] = 0x0C;
        image[0x817] = 1;
        return image;
    }
}
