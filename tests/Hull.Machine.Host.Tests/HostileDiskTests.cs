using System.Buffers.Binary;
using Hull.Machine.Host.Disks.Qcow2;
using Hull.Testing;

namespace Hull.Machine.Host.Tests;

/// <summary>Images from strangers: one clear sentence, or an I/O error for the guest.</summary>
public sealed class HostileDiskTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("hull-hostile-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(0, 0x1234_5678u, "not a qcow2 image")]
    [InlineData(4, 9u, "version 9")]
    [InlineData(20, 40u, "clusters of 2^40")]
    [InlineData(24, 0xFFFF_FFFFu, "impossible size")]
    [InlineData(32, 1u, "encrypted")]
    [InlineData(36, 0u, "first-level table of 0")]
    [InlineData(36, 0x7FFF_FFFFu, "first-level table of 2147483647")]
    [InlineData(40, 0xFFu, "outside the file")]
    [InlineData(52, 0x30000u, "over each other")]
    [InlineData(56, 0xFFFF_FFFFu, "table of reference counts")]
    [InlineData(76, 4u, "another file")]
    [InlineData(76, 16u, "extended second-level")]
    [InlineData(76, 0x100u, "unknown features")]
    [InlineData(76, 1u, "not closed properly")]
    [InlineData(76, 2u, "marked as damaged")]
    [InlineData(96, 7u, "2^7 bits")]
    [InlineData(100, 0xFFFF_FFFFu, "a header of")]
    public void Open_WithAbsurdHeader_SaysWhatIsWrong(int field, uint value, string words)
    {
        byte[] image = Fresh();
        BinaryPrimitives.WriteUInt32BigEndian(image.AsSpan(field), value);

        HullException error = Assert.Throws<HullException>(() => Open(image).Dispose());

        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_WhereTablesPointAtMetadata_IsAnErrorAndChangesNothing()
    {
        byte[] image = Fresh();
        using (Qcow2Disk disk = Open(image, out MemoryDiskFile file))
        {
            Assert.True(disk.TryWrite(0, new byte[512]));
            Assert.True(disk.TryFlush());
            image = file.Content;
        }

        // The first data cluster's entry now points at the header.
        long table = BinaryPrimitives.ReadInt64BigEndian(image.AsSpan(3 << 16)) & 0xFF_FFFF_FFFF_FE00;
        BinaryPrimitives.WriteUInt64BigEndian(image.AsSpan((int)table), 0x8000_0000_0001_0000);
        using Qcow2Disk hostile = Open(image, out MemoryDiskFile after);

        Assert.False(hostile.TryWrite(0, new byte[512]));
        Assert.True(after.Content.AsSpan().SequenceEqual(image));
    }

    [Fact]
    public void Open_OfEveryTruncationAndManyFlips_NeverFailsOtherwise()
    {
        byte[] image = Fresh();
        using (Qcow2Disk disk = Open(image, out MemoryDiskFile file))
        {
            Assert.True(disk.TryWrite(70_000, new byte[4096]) && disk.TryDiscard(1 << 20, 1 << 20, mustBeZero: true));
            Assert.True(disk.TryFlush());
            image = file.Content;
        }

        Random random = new(1);
        byte[] chunk = new byte[4096];
        for (int i = 0; i < 600; i++)
        {
            byte[] damaged = i < 100 ? image[..random.Next(image.Length)] : [.. image];
            for (int j = random.Next(4); i >= 100 && j >= 0; j--)
            {
                int cluster = random.Next(6) << 16;
                damaged[Math.Min(cluster + random.Next(128), damaged.Length - 1)] = (byte)random.Next();
            }

            try
            {
                using Qcow2Disk disk = Open(damaged);
                for (long at = 0; at + chunk.Length < Math.Min(disk.Size, 4 << 20); at += 1 << 16)
                {
                    _ = disk.TryRead(at, chunk) && disk.TryWrite(at, chunk) && disk.TryDiscard(at, 1 << 16, mustBeZero: false);
                }
            }
            catch (HullException)
            {
                // The clear sentence.
            }
        }
    }

    [Fact]
    public void Open_OfBackingLoop_IsRefused()
    {
        QemuImage.Require();
        string[] names = ["a.qcow2", "b.qcow2"];
        string a = Path.Combine(_directory, names[0]);
        string b = Path.Combine(_directory, names[1]);
        QemuImage.Run("create", "-q", "-f", "qcow2", a, "1M");
        QemuImage.Run("create", "-q", "-f", "qcow2", "-b", names[0], "-F", "qcow2", b);
        QemuImage.Run("rebase", "-u", "-f", "qcow2", "-b", names[1], "-F", "qcow2", a);

        HullException error = Assert.Throws<HullException>(() => OpenDisk.At(b + ",readonly"));

        Assert.Contains("loop", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_OfBackingFileElsewhere_NeedsPermission()
    {
        QemuImage.Require();
        string folder = Path.Combine(_directory, "images");
        Directory.CreateDirectory(folder);
        string secret = Path.Combine(_directory, "secret.raw");
        File.WriteAllBytes(secret, new byte[1 << 20]);
        string direct = Path.Combine(folder, "direct.qcow2");
        string byLink = Path.Combine(folder, "link.qcow2");
        File.CreateSymbolicLink(Path.Combine(folder, "link.raw"), secret);
        QemuImage.Run("create", "-q", "-f", "qcow2", "-b", secret, "-F", "raw", direct);
        QemuImage.Run("create", "-q", "-f", "qcow2", "-b", "link.raw", "-F", "raw", byLink);

        Assert.Equal(ErrorKind.PermissionDenied, Assert.Throws<HullException>(() => OpenDisk.At(direct)).Kind);
        Assert.Equal(ErrorKind.PermissionDenied, Assert.Throws<HullException>(() => OpenDisk.At(byLink)).Kind);
        OpenDisk.At(direct + ",backing=any").Dispose();
        OpenDisk.At(byLink + ",backing=any").Dispose();
    }

    [Fact]
    public void Open_OfBackingFileWithoutFormat_IsRefused()
    {
        string image = Path.Combine(_directory, "a.qcow2");
        File.WriteAllBytes(Path.Combine(_directory, "b.raw"), new byte[1 << 20]);
        MemoryDiskFile file = new([]);
        Qcow2Creator.Create(file, "a", 1 << 20, "b.raw", null);
        File.WriteAllBytes(image, file.Content);

        HullException error = Assert.Throws<HullException>(() => OpenDisk.At(image));

        Assert.Contains("format of its backing file", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_OfDiskInUse_SaysSo()
    {
        string raw = Path.Combine(_directory, "a.raw");
        File.WriteAllBytes(raw, new byte[1 << 20]);
        using var first = OpenDisk.At(raw);

        HullException error = Assert.Throws<HullException>(() => OpenDisk.At(raw));

        Assert.Contains("in use", error.Message, StringComparison.Ordinal);
    }

    private static byte[] Fresh()
    {
        MemoryDiskFile file = new([]);
        Qcow2Creator.Create(file, "fresh", 4 << 20, null, null);
        return file.Content;
    }

    private static Qcow2Disk Open(byte[] image) => Open(image, out _);

    private static Qcow2Disk Open(byte[] image, out MemoryDiskFile file)
    {
        file = new MemoryDiskFile(image);
        return Qcow2Disk.Open(file, null, "image", readOnly: false);
    }
}
