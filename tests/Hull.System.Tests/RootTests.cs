using System.Formats.Tar;

namespace Hull.System.Tests;

/// <summary>What containers do to their roots and volumes, and what of it commands show, keep and take away.</summary>
public sealed class RootTests : IDisposable
{
    private readonly HullHost _hull = new();

    public void Dispose() => _hull.Dispose();

    [Fact]
    public void Diff_ListsWhatTheContainerDidAndNothingOfHulls()
    {
        HullHost.RequireRoot();
        _hull.Run("run", "--name", "d", "busybox", "sh", "-c", "touch /made; rm /data/seed; mkdir /dir; echo x > /dir/f").Succeeds();

        Assert.Equal("C /data\nD /data/seed\nA /dir\nA /dir/f\nA /made\n", _hull.Run("diff", "d").Succeeds());
    }

    [Fact]
    public void Diff_OfFileInEtc_ShowsItAndItsDirectory()
    {
        HullHost.RequireRoot();
        _hull.Run("run", "--name", "d", "busybox", "touch", "/etc/own").Succeeds();

        Assert.Equal("C /etc\nA /etc/own\n", _hull.Run("diff", "d").Succeeds());
    }

    [Fact]
    public void CommitOfRunningContainer_MakesAnImageWithItsFilesOnly()
    {
        HullHost.RequireRoot();
        _hull.Run("run", "-d", "--name", "c", "busybox", "sh", "-c", "echo mine > /tmp/f; exec sleep 1000").Succeeds();
        _hull.Run("exec", "c", "sh", "-c", "until test -s /tmp/f; do :; done").Succeeds();

        _hull.Run("commit", "--change", "CMD [\"cat\",\"/tmp/f\"]", "c", "made:1").Succeeds();

        Assert.Equal("running", _hull.Inspect("c", "{{.State.Status}}"));
        Assert.Equal("mine\n", _hull.Run("run", "--rm", "made:1").Succeeds());
        string changes = _hull.Run("image", "diff", "busybox", "made:1").Succeeds();
        Assert.Contains("A /tmp/f\n", changes, StringComparison.Ordinal);
        Assert.DoesNotContain("/etc", changes, StringComparison.Ordinal);
    }

    [Fact]
    public void Export_OfRunningContainer_HasItsFilesAndNoneOfHulls()
    {
        HullHost.RequireRoot();
        _hull.Run("run", "-d", "--name", "x", "busybox", "sh", "-c", "touch /made; exec sleep 1000").Succeeds();
        _hull.Run("exec", "x", "sh", "-c", "until test -e /made; do :; done").Succeeds();
        string archive = Path.Combine(_hull.Root, "x.tar");

        _hull.Run("export", "-o", archive, "x").Succeeds();

        List<string> names = [];
        using TarReader reader = new(File.OpenRead(archive));
        while (reader.GetNextEntry() is { } entry)
        {
            names.Add(entry.Name);
        }

        Assert.Contains("made", names);
        Assert.Contains("etc/passwd", names);
        Assert.DoesNotContain("etc/hosts", names);
    }

    [Fact]
    public void Volume_ThatIsNew_GetsWhatTheImageHas()
    {
        HullHost.RequireRoot();

        Assert.Equal("seed 1\n", _hull.Run("run", "--rm", "-v", "filled:/data", "busybox", "cat", "/data/seed").Succeeds());
        _hull.Run("run", "--rm", "-v", "filled:/data", "busybox", "sh", "-c", "rm /data/seed; touch /data/own").Succeeds();
        Assert.Equal("own\n", _hull.Run("run", "--rm", "-v", "filled:/data", "busybox", "ls", "/data").Succeeds());
        Assert.Equal("", _hull.Run("run", "--rm", "-v", "empty:/data:nocopy", "busybox", "ls", "/data").Succeeds());
        Assert.Equal("", _hull.Run("run", "--rm", "-v", "other:/nowhere", "busybox", "ls", "/nowhere").Succeeds());
    }

    [Fact]
    public void RemovedImage_TakesItsUnpackedLayersAlong()
    {
        HullHost.RequireRoot();
        _hull.Run("run", "--name", "c", "busybox", "touch", "/made").Succeeds();
        _hull.Run("commit", "c", "made").Succeeds();
        _hull.Run("run", "--rm", "made", "true").Succeeds();
        int before = Layers();

        _hull.Run("rmi", "made").Succeeds();

        Assert.Equal((2, 1), (before, Layers()));
        _hull.Run("start", "-a", "c").Succeeds();
    }

    [Fact]
    public void Sizes_AreThoseOfUnpackedFiles()
    {
        HullHost.RequireRoot();
        _hull.Run("run", "--name", "s", "busybox", "sh", "-c", "dd if=/dev/zero of=/big bs=1000 count=3000 2>/dev/null").Succeeds();
        long unpacked = new FileInfo("/usr/bin/busybox").Length;

        string size = _hull.Run("image", "ls", "--format", "{{.Size}}").Succeeds();

        Assert.True(size.StartsWith((unpacked / 1000 / 1000).ToString(global::System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal), size);
        Assert.StartsWith("3MB (virtual ", _hull.Run("ps", "-as", "--format", "{{.Size}}").Succeeds(), StringComparison.Ordinal);
        Assert.Matches("Containers +1 +0 +3MB +3MB \\(100%\\)", _hull.Run("system", "df").Succeeds());
        Assert.Contains("busybox", _hull.Run("system", "df", "-v").Succeeds(), StringComparison.Ordinal);
    }

    [Fact]
    public void Usage_OfLayersThatImagesShare_CountsAsReclaimableWhatAPruneGivesBack()
    {
        HullHost.RequireRoot();
        _hull.Run("run", "--name", "m", "busybox", "sh", "-c", "dd if=/dev/zero of=/big bs=1000 count=3000 2>/dev/null").Succeeds();
        _hull.Run("commit", "m", "made").Succeeds();
        _hull.Run("rm", "m").Succeeds();
        _hull.Run("run", "--name", "user", "made", "true").Succeeds();

        // busybox has no container, but its only layer is below the one that has.
        string shared = Reclaimable("Images");
        _hull.Run("rm", "user").Succeeds();
        _hull.Run("create", "busybox", "true").Succeeds();
        string own = Reclaimable("Images");
        string pruned = _hull.Run("image", "prune", "-a", "-f").Succeeds();

        Assert.StartsWith("0B", shared, StringComparison.Ordinal);
        Assert.StartsWith("3MB", own, StringComparison.Ordinal);
        Assert.Contains("Total reclaimed space: 3", pruned, StringComparison.Ordinal);
        Assert.StartsWith("0B", Reclaimable("Images"), StringComparison.Ordinal);
    }

    [Fact]
    public void Usage_WithoutIngestDirectory_IsCountedAllTheSame()
    {
        HullHost.RequireRoot();
        Directory.Delete(Path.Combine(_hull.Root, "images", "ingest"), recursive: true);

        Assert.Contains("Images", _hull.Run("system", "df").Succeeds(), StringComparison.Ordinal);
    }

    [Fact]
    public void Top_ShowsUserNamesAndTakesOptionsOfPs()
    {
        HullHost.RequireRoot();
        _hull.Run("run", "-d", "--name", "t", "busybox", "sleep", "1000").Succeeds();

        string[] plain = _hull.Run("top", "t").Succeeds().TrimEnd().Split('\n');
        string chosen = _hull.Run("top", "t", "-o", "pid,user,args").Succeeds();

        Assert.Equal(2, plain.Length);
        Assert.Matches("^root .* sleep 1000$", plain[1]);
        Assert.Matches("PID +USER +COMMAND\n[0-9]+ +root +sleep 1000\n", chosen);
        _hull.Run("top", "t", "-o", "user").FailsWith(1, "PID");
    }

    private string Reclaimable(string kind) => _hull.Run("system", "df", "--format", "{{.Type}}|{{.Reclaimable}}").Succeeds()
        .Split('\n').Single(line => line.StartsWith(kind, StringComparison.Ordinal)).Split('|')[1];

    private int Layers() => Directory.GetDirectories(Path.Combine(_hull.Root, "snapshots", "layers")).Length;
}
