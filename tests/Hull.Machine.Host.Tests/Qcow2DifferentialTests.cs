using System.Globalization;

namespace Hull.Machine.Host.Tests;

/// <summary>qcow2 held against qemu-img: what one writes the other reads, and neither finds a fault.</summary>
public sealed class Qcow2DifferentialTests : IDisposable
{
    private const int DiskBytes = (3 << 20) + 1536;
    private const int Steps = 400;

    private readonly string _directory = Directory.CreateTempSubdirectory("hull-qcow2-").FullName;

    private string Image => Path.Combine(_directory, "disk.qcow2");

    private string Raw => Path.Combine(_directory, "disk.raw");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("cluster_size=65536")]
    [InlineData("cluster_size=512")]
    [InlineData("cluster_size=4096,refcount_bits=1")]
    [InlineData("cluster_size=512,refcount_bits=64")]
    [InlineData("cluster_size=2097152,refcount_bits=8")]
    [InlineData("cluster_size=1024,refcount_bits=2,lazy_refcounts=on")]
    [InlineData("compat=0.10,cluster_size=4096")]
    [InlineData("preallocation=metadata,cluster_size=16384")]
    [InlineData("preallocation=falloc,cluster_size=65536")]
    public void Write_ToImageOfQemu_IsReadAndCheckedByQemu(string options)
    {
        QemuImage.Require();
        QemuImage.Run("create", "-q", "-f", "qcow2", "-o", options, Image, DiskBytes.ToString(CultureInfo.InvariantCulture));

        byte[] content = Exercise(new byte[DiskBytes], options.Length);

        AssertQemuReads(content);
    }

    [Theory]
    [InlineData("zlib", 65536)]
    [InlineData("zlib", 512)]
    [InlineData("zstd", 65536)]
    [InlineData("zstd", 4096)]
    public void Write_ToCompressedImage_KeepsWhatWasNotWritten(string method, int clusterBytes)
    {
        QemuImage.Require();
        byte[] content = WriteRaw(1);
        string options = string.Create(CultureInfo.InvariantCulture, $"compression_type={method},cluster_size={clusterBytes}");
        QemuImage.Run("convert", "-c", "-f", "raw", "-O", "qcow2", "-o", options, Raw, Image);
        using (OpenDisk disk = Open("readonly"))
        {
            new DiskModel(content, 1).AssertEqual(disk.Store);
        }

        AssertQemuReads(Exercise(content, clusterBytes));
    }

    [Theory]
    [InlineData("raw", "compat=1.1,cluster_size=65536")]
    [InlineData("raw", "compat=0.10,cluster_size=4096")]
    [InlineData("qcow2", "compat=1.1,cluster_size=4096")]
    public void Write_ToImageWithBackingFile_LeavesTheBackingFileAlone(string backing, string options)
    {
        QemuImage.Require();
        byte[] content = WriteRaw(2);
        string below = Path.Combine(_directory, "below." + backing);
        QemuImage.Run("convert", "-f", "raw", "-O", backing, Raw, below);
        byte[] before = File.ReadAllBytes(below);
        QemuImage.Run("create", "-q", "-f", "qcow2", "-o", options, "-b", Path.GetFileName(below), "-F", backing, Image);

        byte[] after = Exercise(content, 3);

        AssertQemuReads(after);
        Assert.True(before.AsSpan().SequenceEqual(File.ReadAllBytes(below)));
    }

    [Fact]
    public void Write_ToImageWithSnapshot_KeepsTheSnapshot()
    {
        QemuImage.Require();
        byte[] content = WriteRaw(4);
        QemuImage.Run("convert", "-f", "raw", "-O", "qcow2", "-o", "cluster_size=4096", Raw, Image);
        QemuImage.Run("snapshot", "-c", "before", Image);

        byte[] after = Exercise([.. content], 5);

        AssertQemuReads(after);
        QemuImage.Run("snapshot", "-a", "before", Image);
        AssertQemuReads(content);
    }

    [Fact]
    public void Write_ToOverlayOfOurs_IsReadByQemuAndGoesOn()
    {
        QemuImage.Require();
        byte[] content = WriteRaw(6);
        string overlay = Path.Combine(_directory, "over.qcow2");

        byte[] first = Exercise([.. content], 7, Raw + ",overlay=" + overlay);
        byte[] second = Exercise(first, 8, Raw + ",overlay=" + overlay);

        QemuImage.Check(overlay);
        Assert.True(File.ReadAllBytes(Raw).AsSpan().SequenceEqual(content));
        File.Move(overlay, Image);
        AssertQemuReads(second);
    }

    [Fact]
    public void Overlay_WithoutName_IsGoneAfterwards()
    {
        byte[] content = WriteRaw(9);

        using (var disk = OpenDisk.At(Raw + ",overlay"))
        {
            Assert.True(disk.Store.TryWrite(0, new byte[1 << 20]));
        }

        Assert.True(File.ReadAllBytes(Raw).AsSpan().SequenceEqual(content));
        Assert.Equal([Raw], Directory.GetFiles(_directory));
    }

    [Fact]
    public void Write_BeyondTheTableOfCounts_GrowsIt()
    {
        QemuImage.Require();
        const int Bytes = 40 << 20;
        QemuImage.Run("create", "-q", "-f", "qcow2", "-o", "cluster_size=512,refcount_bits=64", Image, Bytes.ToString(CultureInfo.InvariantCulture));
        byte[] content = new byte[Bytes];
        new Random(11).NextBytes(content);
        using (OpenDisk disk = Open(""))
        {
            for (int at = 0; at < Bytes; at += 1 << 20)
            {
                Assert.True(disk.Store.TryWrite(at, content.AsSpan(at, 1 << 20)));
            }
        }

        AssertQemuReads(content);
    }

    [Fact]
    public void Discard_OfEverything_GivesTheSpaceBack()
    {
        QemuImage.Require();
        WriteRaw(12);
        QemuImage.Run("convert", "-f", "raw", "-O", "qcow2", Raw, Image);
        using (OpenDisk disk = Open(""))
        {
            Assert.True(disk.Store.TryDiscard(0, DiskBytes, mustBeZero: false));
        }

        AssertQemuReads(new byte[DiskBytes]);
        Assert.Contains("No errors", QemuImage.Run("check", Image), StringComparison.Ordinal);
        QemuImage.Run("convert", "-f", "qcow2", "-O", "qcow2", Image, Raw);
    }

    private OpenDisk Open(string options) => OpenDisk.At(options.Length == 0 ? Image : $"{Image},{options}");

    private byte[] Exercise(byte[] content, int seed, string? disk = null)
    {
        DiskModel model = new(content, seed);
        using (var store = OpenDisk.At(disk ?? Image))
        {
            for (int i = 0; i < Steps; i++)
            {
                model.Step(store.Store);
            }

            model.AssertEqual(store.Store);
        }

        using (var again = OpenDisk.At(disk ?? Image))
        {
            model.AssertEqual(again.Store);
        }

        return model.Content;
    }

    private byte[] WriteRaw(int seed)
    {
        byte[] content = new byte[DiskBytes];
        Random random = new(seed);
        for (int at = 0; at + 8192 < DiskBytes; at += 8192 * (1 + random.Next(6)))
        {
            content.AsSpan(at, 8192).Fill((byte)random.Next());
            random.NextBytes(content.AsSpan(at, random.Next(8192)));
        }

        File.WriteAllBytes(Raw, content);
        return content;
    }

    private void AssertQemuReads(byte[] content)
    {
        QemuImage.Check(Image);
        string converted = Path.Combine(_directory, "converted.raw");
        QemuImage.Run("convert", "-f", "qcow2", "-O", "raw", Image, converted);
        Assert.True(File.ReadAllBytes(converted).AsSpan().SequenceEqual(content));
    }
}
