using Hull.Machine.Host.Disks.Qcow2;
using Hull.Testing;

namespace Hull.Machine.Host.Tests;

/// <summary>Kills and power failures at any write leave an image without damage that holds everything that was flushed.</summary>
public sealed class Qcow2CrashTests : IDisposable
{
    private const int DiskBytes = 1 << 20;
    private const int Steps = 60;

    private readonly string _directory = Directory.CreateTempSubdirectory("hull-qcow2-crash-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("cluster_size=4096")]
    [InlineData("cluster_size=512,refcount_bits=64")]
    [InlineData("cluster_size=65536")]
    public void PowerFailure_AtAnyStep_LosesNothingFlushed(string options)
    {
        QemuImage.Require();
        string path = Path.Combine(_directory, "disk.qcow2");
        QemuImage.Run("create", "-q", "-f", "qcow2", "-o", options, path, "1M");
        byte[] empty = File.ReadAllBytes(path);
        for (int seed = 0; seed < 12; seed++)
        {
            Random random = new(seed);
            MemoryDiskFile file = new(empty) { Records = true };
            var disk = Qcow2Disk.Open(file, null, "disk", readOnly: false);
            byte[] flushed = new byte[DiskBytes];
            HashSet<int> writtenSince = [];
            for (int i = 0; i < Steps; i++)
            {
                Step(disk, random, flushed, writtenSince);
            }

            AssertSurvives(path, file.AfterPowerFailure(random), flushed, writtenSince);
            AssertSurvives(path, file.Content, flushed, writtenSince);
        }
    }

    // Each sector is written with its own number and a turn, so that any byte tells where it belongs.
    private static void Step(Qcow2Disk disk, Random random, byte[] flushed, HashSet<int> writtenSince)
    {
        int first = random.Next(DiskBytes / 512);
        int count = Math.Min(1 + random.Next(100), (DiskBytes / 512) - first);
        if (random.Next(6) == 0)
        {
            Assert.True(disk.TryFlush());
            Assert.True(disk.TryRead(0, flushed));
            writtenSince.Clear();
            return;
        }

        byte[] data = new byte[count * 512];
        random.NextBytes(data);
        bool isDiscard = random.Next(5) == 0;
        Assert.True(isDiscard
            ? disk.TryDiscard(first * 512L, data.Length, random.Next(2) == 0)
            : disk.TryWrite(first * 512L, data));
        writtenSince.UnionWith(Enumerable.Range(first, count));
    }

    private static void AssertSurvives(string path, byte[] image, byte[] flushed, HashSet<int> writtenSince)
    {
        File.WriteAllBytes(path, image);
        QemuImage.Check(path, mayLeak: true);
        using var again = Qcow2Disk.Open(new MemoryDiskFile(image), null, "disk", readOnly: false);
        byte[] read = new byte[DiskBytes];
        Assert.True(again.TryRead(0, read));
        for (int sector = 0; sector < DiskBytes / 512; sector++)
        {
            bool isSame = read.AsSpan(sector * 512, 512).SequenceEqual(flushed.AsSpan(sector * 512, 512));
            Assert.True(isSame || writtenSince.Contains(sector), $"sector {sector} was flushed and lost");
        }
    }
}
