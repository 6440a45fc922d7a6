using System.Formats.Tar;

namespace Hull.System.Tests;

/// <summary>A data root on a disk of a few megabytes.</summary>
public sealed class FullDiskTests : IDisposable
{
    private const int DiskMegabytes = 8;
    private const long ToleratedBytes = 256 * 1024;

    private readonly HullHost _hull = new(diskMegabytes: DiskMegabytes);

    public void Dispose() => _hull.Dispose();

    [Fact]
    public void Import_OfTooMuch_SaysSoAndGivesTheSpaceBack()
    {
        HullHost.RequireRoot();
        long before = FreeBytesAtRest();

        _hull.Run("image", "import", BigArchive(), "big").FailsWith(1, "no space");

        AssertGivenBack(before);
    }

    [Fact]
    public void Pull_OfTooMuch_SaysSoAndOtherImagesStayUsable()
    {
        HullHost.RequireRoot();
        LocalRegistry.Require();
        using HullHost other = new();
        using LocalRegistry registry = LocalRegistry.Start(Path.Combine(other.HomeDirectory, "registry"));
        string name = registry.Host + "/big:1";
        other.Run("image", "import", BigArchive(), name).Succeeds();
        other.Run("push", "-q", name).Succeeds();

        _hull.Run("pull", "-q", name).FailsWith(1, "needs");

        _hull.Run("image", "prune", "-f").Succeeds();
        _hull.Run("run", "--rm", "busybox", "true").Succeeds();
        _hull.AssertNothingLeft();
    }

    [Fact]
    public void Pull_OfWhatFitsOnlyPacked_SaysSoAndKeepsTheNameAsItWas()
    {
        HullHost.RequireRoot();
        LocalRegistry.Require();
        using HullHost other = new();
        using LocalRegistry registry = LocalRegistry.Start(Path.Combine(other.HomeDirectory, "registry"));
        string name = registry.Host + "/bomb:1";
        other.Run("image", "import", Archive("small.tar", new byte[4096]), name).Succeeds();
        other.Run("push", "-q", name).Succeeds();
        _hull.Run("pull", "-q", name).Succeeds();
        string images = _hull.Run("image", "ls", "-a", "--no-trunc", "--format", "{{.Repository}} {{.ID}}").Succeeds();
        other.Run("image", "import", BigArchive(isRandom: false), name).Succeeds();
        other.Run("push", "-q", name).Succeeds();
        FreeBytesAtRest();
        long before = new DriveInfo(_hull.Root).AvailableFreeSpace;

        _hull.Run("pull", "-q", name).FailsWith(1, $"The image '{name}' does not fit on the disk of '{_hull.Root}', and nothing of it was kept");
        _hull.Run("run", "-q", "--rm", "--pull", "always", name, "true").FailsWith(125, "does not fit on the disk");

        // At once, without a prune.
        Assert.InRange(new DriveInfo(_hull.Root).AvailableFreeSpace, before - ToleratedBytes, long.MaxValue);
        Assert.Equal(images, _hull.Run("image", "ls", "-a", "--no-trunc", "--format", "{{.Repository}} {{.ID}}").Succeeds());
        _hull.Run("run", "--rm", "busybox", "true").Succeeds();
        _hull.AssertNothingLeft();
    }

    [Fact]
    public void Run_OfLoadedImageThatFitsOnlyPacked_SaysSoAndLeavesTheImage()
    {
        HullHost.RequireRoot();
        using HullHost other = new();
        string archive = Path.Combine(other.HomeDirectory, "saved.tar");
        other.Run("image", "import", BigArchive(isRandom: false), "bomb").Succeeds();
        other.Run("image", "save", "-o", archive, "bomb").Succeeds();
        long before = FreeBytesAtRest();
        _hull.Run("image", "load", "-i", archive).Succeeds();
        long loaded = FreeBytesAtRest();

        _hull.Run("run", "--rm", "bomb", "true").FailsWith(125, "The image 'bomb' cannot be unpacked: the disk of");

        Assert.InRange(new DriveInfo(_hull.Root).AvailableFreeSpace, loaded - ToleratedBytes, long.MaxValue);
        _hull.Run("image", "rm", "bomb").Succeeds();
        AssertGivenBack(before);
        _hull.AssertNothingLeft();
    }

    [Fact]
    public void Load_OfTooMuch_SaysSoAndGivesTheSpaceBack()
    {
        HullHost.RequireRoot();
        using HullHost other = new();
        string archive = Path.Combine(other.HomeDirectory, "saved.tar");
        other.Run("image", "import", BigArchive(), "big").Succeeds();
        other.Run("image", "save", "-o", archive, "big").Succeeds();
        long before = FreeBytesAtRest();

        _hull.Run("image", "load", "-i", archive).FailsWith(1, "no space");

        AssertGivenBack(before);
        _hull.Run("run", "--rm", "busybox", "true").Succeeds();
        _hull.AssertNothingLeft();
    }

    [Fact]
    public void Commit_OfTooMuch_SaysSoAndTheContainerStays()
    {
        HullHost.RequireRoot();
        _hull.Run("run", "--name", "made", "busybox", "sh", "-c", "head -c 3500000 /dev/urandom > /big").Succeeds();
        long before = FreeBytesAtRest();

        _hull.Run("commit", "made", "copy").FailsWith(1, "no space");

        AssertGivenBack(before);
        Assert.Contains("A /big", _hull.Run("diff", "made").Succeeds(), StringComparison.Ordinal);
        _hull.Run("rm", "made").Succeeds();
        _hull.AssertNothingLeft();
    }

    [Fact]
    public void Container_ThatFillsTheDisk_IsToldRecordedAndRemoved()
    {
        HullHost.RequireRoot();

        HullResult result = _hull.Run("run", "--name", "full", "busybox", "dd", "if=/dev/zero", "of=/x", "bs=64k");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("No space left on device", result.Error, StringComparison.Ordinal);
        Assert.Equal("exited 1", _hull.Inspect("full", "{{.State.Status}} {{.State.ExitCode}}"));
        _hull.Run("rm", "full").Succeeds();
        _hull.Run("run", "--rm", "busybox", "true").Succeeds();
        _hull.AssertNothingLeft();
    }

    [Fact]
    public void Log_ThatFillsTheDisk_StopsWithoutStoppingTheContainer()
    {
        HullHost.RequireRoot();

        string output = _hull.Run("run", "--name", "loud", "busybox", "sh", "-c", "yes 0123456789012345678901234567890123456789 | head -c 12000000; echo end").Succeeds();

        Assert.EndsWith("end\n", output, StringComparison.Ordinal);
        Assert.Equal("exited 0", _hull.Inspect("loud", "{{.State.Status}} {{.State.ExitCode}}"));
        string[] lines = _hull.Run("logs", "loud").Succeeds().Split('\n');
        Assert.True(lines.Length > 1000);
        _hull.Run("rm", "loud").Succeeds();
        _hull.AssertNothingLeft();
    }

    [Fact]
    public void Commands_OnDiskThatIsFull_FailInOneSentenceAndRemovalWorks()
    {
        HullHost.RequireRoot();
        _hull.Run("create", "--name", "old", "busybox", "true").Succeeds();
        string filler = Path.Combine(_hull.Root, "filler");
        Fill(filler);

        _hull.Run("run", "--rm", "busybox", "true").FailsWith(125, "");
        _hull.Run("run", "-d", "busybox", "true").FailsWith(125, "");
        _hull.Run("image", "import", BigArchive(), "big").FailsWith(1, "no space");
        Assert.Equal("old\n", _hull.Run("ps", "-a", "--format", "{{.Names}}").Succeeds());
        _hull.Run("rm", "old").Succeeds();

        File.Delete(filler);
        _hull.Run("run", "--rm", "busybox", "true").Succeeds();
        _hull.AssertNothingLeft();
    }

    // The database's log and the list of events may have grown by some pages.
    private void AssertGivenBack(long before)
    {
        Assert.InRange(FreeBytesAtRest(), before - ToleratedBytes, long.MaxValue);
        Assert.Equal("busybox:latest\n", _hull.Run("image", "ls", "-a", "--format", "{{.Repository}}:{{.Tag}}").Succeeds());
        Assert.Empty(HullHost.Entries(Path.Combine(_hull.Root, "snapshots", "staging")));
    }

    // A prune opens everything that commands open: the database and its log are there before and after.
    private long FreeBytesAtRest()
    {
        _hull.Run("image", "prune", "-f").Succeeds();
        return new DriveInfo(_hull.Root).AvailableFreeSpace;
    }

    private static void Fill(string path)
    {
        byte[] block = new byte[4096];
        using FileStream file = new(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (true)
            {
                file.Write(block);
            }
        }
        catch (IOException)
        {
            // That is what was wanted.
        }
    }

    private string BigArchive(bool isRandom = true)
    {
        byte[] bytes = new byte[12 * 1024 * 1024];
        if (isRandom)
        {
            new Random(1).NextBytes(bytes);
        }

        return Archive(isRandom ? "big.tar" : "zeros.tar", bytes);
    }

    private string Archive(string name, byte[] bytes)
    {
        string path = Path.Combine(_hull.HomeDirectory, name);
        if (!File.Exists(path))
        {
            using TarWriter tar = new(File.Create(path), TarEntryFormat.Pax, leaveOpen: false);
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "big") { DataStream = new MemoryStream(bytes) });
        }

        return path;
    }
}
