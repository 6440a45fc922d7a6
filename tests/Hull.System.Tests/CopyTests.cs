using System.Formats.Tar;
using System.Text;

namespace Hull.System.Tests;

/// <summary><c>hull cp</c> both ways: containers that run and that do not, files, directories, archives, and links that lie.</summary>
public sealed class CopyTests : IDisposable
{
    private readonly HullHost _hull = new();

    private string Here => Directory.CreateDirectory(Path.Combine(_hull.Root, "here")).FullName;

    public void Dispose() => _hull.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void File_GoesInAndComesBack_KeepingModeAndTime(bool runs)
    {
        HullHost.RequireRoot();
        Make("c", runs);
        string file = Path.Combine(Here, "f");
        File.WriteAllText(file, "text\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        File.SetLastWriteTimeUtc(file, new DateTime(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc));

        _hull.Run("cp", file, "c:/tmp/g").Succeeds();
        _hull.Run("cp", file, "c:tmp").Succeeds();
        _hull.Run("cp", "c:/tmp/g", Path.Combine(Here, "back")).Succeeds();
        _hull.Run("cp", "c:/tmp/f", Here + "/").Succeeds();

        Assert.Equal("text\n", File.ReadAllText(Path.Combine(Here, "back")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.Combine(Here, "back")));
        Assert.Equal(2020, File.GetLastWriteTimeUtc(Path.Combine(Here, "back")).Year);
        Assert.Contains("A /tmp/g\n", _hull.Run("diff", "c").Succeeds(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Directory_IsCopiedIntoOneThatExists_OrBecomesIt(bool runs)
    {
        HullHost.RequireRoot();
        Make("c", runs);
        Directory.CreateDirectory(Path.Combine(Here, "d", "sub"));
        File.WriteAllText(Path.Combine(Here, "d", "sub", "f"), "x");
        Directory.CreateDirectory(Path.Combine(Here, "out"));

        _hull.Run("cp", Path.Combine(Here, "d"), "c:/tmp").Succeeds();
        _hull.Run("cp", Path.Combine(Here, "d"), "c:/new").Succeeds();
        _hull.Run("cp", Path.Combine(Here, "d") + "/.", "c:/root").Succeeds();
        foreach (string path in (string[])["/tmp/d", "/new", "/root/."])
        {
            _hull.Run("cp", "c:" + path, Path.Combine(Here, "out")).Succeeds();
        }

        Assert.Equal("x", File.ReadAllText(Path.Combine(Here, "out", "d", "sub", "f")));
        Assert.Equal("x", File.ReadAllText(Path.Combine(Here, "out", "new", "sub", "f")));
        Assert.Equal("x", File.ReadAllText(Path.Combine(Here, "out", "sub", "f")));
    }

    [Theory]
    [InlineData("c:/nosuch", "{here}", "no such file")]
    [InlineData("c:/data", "{here}/f", "no directory")]
    [InlineData("c:/data/seed", "{here}/nosuch/", "does not exist")]
    [InlineData("c:/data/seed", "{here}/nosuch/f", "no such file")]
    [InlineData("c:/data/seed/.", "{here}", "not a directory")]
    [InlineData("{here}/f", "c:/bin/busybox/x", "not a directory")]
    [InlineData("{here}/nosuch", "c:/tmp", "no such file")]
    [InlineData("{here}/f", "nosuch:/tmp", "no container")]
    [InlineData("{here}/seed", "c:/data/", "replaced by a directory")]
    public void Copy_ThatCannotBe_SaysWhy(string from, string to, string words)
    {
        HullHost.RequireRoot();
        Make("c", runs: false);
        File.WriteAllText(Path.Combine(Here, "f"), "x");
        Directory.CreateDirectory(Path.Combine(Here, "seed"));

        _hull.Run("cp", from.Replace("{here}", Here, StringComparison.Ordinal), to.Replace("{here}", Here, StringComparison.Ordinal))
            .FailsWith(1, words);
    }

    [Fact]
    public void Copy_WithoutContainerOrWithTwo_IsRefused()
    {
        HullHost.RequireRoot();

        _hull.Run("cp", "/a", "/b").FailsWith(125, "container");
        _hull.Run("cp", "a:/a", "b:/b").FailsWith(125, "container to container");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Owners_AreRootsUnlessKept(bool runs)
    {
        HullHost.RequireRoot();
        Make("c", runs);
        string file = Path.Combine(Here, "f");
        File.WriteAllText(file, "x");
        Chown(file, 1000);

        _hull.Run("cp", file, "c:/tmp/plain").Succeeds();
        _hull.Run("cp", "-a", file, "c:/tmp/kept").Succeeds();
        List<PaxTarEntry> entries = ReadArchive("c:/tmp/.");

        Assert.Equal(0, entries.Single(entry => entry.Name == "plain").Uid);
        Assert.Equal(1000, entries.Single(entry => entry.Name == "kept").Uid);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Link_IsCopiedItself_OrFollowedInsideTheContainer(bool runs)
    {
        HullHost.RequireRoot();
        Make("c", runs, "ln -s /data/seed /tmp/l; ln -s /etc/hostname /tmp/host; ln -s /data /tmp/dir");
        string secret = Path.Combine(Here, "copy");

        _hull.Run("cp", "c:/tmp/l", Path.Combine(Here, "link")).Succeeds();
        _hull.Run("cp", "-L", "c:/tmp/l", Path.Combine(Here, "followed")).Succeeds();
        _hull.Run("cp", "c:/tmp/dir/", Path.Combine(Here, "dir")).Succeeds();
        _hull.Run("cp", "-L", "c:/tmp/host", secret);

        Assert.Equal("/data/seed", File.ResolveLinkTarget(Path.Combine(Here, "link"), false)!.FullName);
        Assert.Equal("seed 1\n", File.ReadAllText(Path.Combine(Here, "followed")));
        Assert.Equal("seed 1\n", File.ReadAllText(Path.Combine(Here, "dir", "seed")));
        Assert.False(File.Exists(secret) && File.ReadAllText(secret) == File.ReadAllText("/etc/hostname"), "The host's file was copied.");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Target_ThatIsALink_IsWrittenInsideTheContainerOnly(bool runs)
    {
        HullHost.RequireRoot();
        string outside = Path.Combine(Here, "outside");
        Directory.CreateDirectory(outside);
        Make("c", runs, $"ln -s {outside} /tmp/d; ln -s {outside}/f /tmp/f; ln -s ../../../../../../..{outside}/g /tmp/g");
        File.WriteAllText(Path.Combine(Here, "x"), "x");

        HullResult[] results =
        [
            _hull.Run("cp", Path.Combine(Here, "x"), "c:/tmp/d/in"),
            _hull.Run("cp", Path.Combine(Here, "x"), "c:/tmp/f"),
            _hull.Run("cp", Path.Combine(Here, "x"), "c:/tmp/g"),
        ];

        Assert.Empty(Directory.GetFileSystemEntries(outside));
        Assert.All(results, result => Assert.Equal(1, result.ExitCode));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Archive_GoesOutAndInThroughStandardStreams(bool runs)
    {
        HullHost.RequireRoot();
        Make("c", runs, "mkdir /tmp/d; echo one > /tmp/d/f; mkdir /tmp/to");
        List<PaxTarEntry> entries = ReadArchive("c:/tmp/d");

        byte[] archive = _hull.RunForBytes(null, "cp", "c:/tmp/d", "-");
        _hull.RunForBytes(archive, "cp", "-", "c:/tmp/to");
        _hull.RunWithInput("not an archive", "cp", "-", "c:/tmp/to").FailsWith(1, "archive");
        _hull.Run("cp", "c:/tmp/to/d/f", Path.Combine(Here, "f")).Succeeds();

        Assert.Equal(["d", "d/f"], entries.Select(entry => entry.Name.TrimEnd('/')));
        Assert.Equal("one\n", File.ReadAllText(Path.Combine(Here, "f")));
    }

    [Fact]
    public void HostileArchive_StaysInItsDirectory()
    {
        HullHost.RequireRoot();
        Make("c", runs: true, "mkdir /tmp/to");
        using MemoryStream archive = new();
        using (TarWriter tar = new(archive, TarEntryFormat.Pax, leaveOpen: true))
        {
            tar.WriteEntry(new PaxTarEntry(TarEntryType.SymbolicLink, "up") { LinkName = "../../.." });
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "up/escaped") { DataStream = new MemoryStream(Encoding.UTF8.GetBytes("x")) });
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "../../dots") { DataStream = new MemoryStream(Encoding.UTF8.GetBytes("x")) });
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, ".wh.data") { DataStream = new MemoryStream(Encoding.UTF8.GetBytes("x")) });
        }

        _hull.RunForBytes(archive.ToArray(), "cp", "-", "c:/tmp/to");

        Assert.Equal(".wh.data\ndots\nescaped\nup\n", _hull.Run("exec", "c", "ls", "-A", "/tmp/to").Succeeds());
        Assert.Equal("to\n", _hull.Run("exec", "c", "ls", "/tmp").Succeeds());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Volumes_AreSeen_AndReadOnlyOnesStayAsTheyAre(bool runs)
    {
        HullHost.RequireRoot();
        string bound = Path.Combine(Here, "bound");
        Directory.CreateDirectory(bound);
        _hull.Run(
            [.. (string[])(runs ? ["run", "-d"] : ["create"]), "--name", "c", "-v", "vol:/v", "-v", $"{bound}:/b", "-v", $"{bound}:/ro:ro", "busybox", "sleep", "1000"])
            .Succeeds();
        File.WriteAllText(Path.Combine(Here, "x"), "x");

        _hull.Run("cp", Path.Combine(Here, "x"), "c:/v").Succeeds();
        _hull.Run("cp", Path.Combine(Here, "x"), "c:/b/y").Succeeds();
        _hull.Run("cp", Path.Combine(Here, "x"), "c:/ro/z").FailsWith(1, "read-only");

        Assert.Equal("x", File.ReadAllText(Path.Combine(_hull.Root, "volumes", "vol", "_data", "x")));
        Assert.Equal([Path.Combine(bound, "y")], Directory.GetFileSystemEntries(bound));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ReadOnlyRoot_IsNotWritten(bool runs)
    {
        HullHost.RequireRoot();
        _hull.Run([.. (string[])(runs ? ["run", "-d"] : ["create"]), "--name", "c", "--read-only", "busybox", "sleep", "1000"]).Succeeds();

        _hull.Run("cp", "/etc/passwd", "c:/tmp").FailsWith(1, "read-only");
    }

    [Fact]
    public void LinkThatIsSwappedMeanwhile_NeverLeadsOutside()
    {
        HullHost.RequireRoot();
        string outside = Path.Combine(Here, "outside");
        Directory.CreateDirectory(outside);
        Make("c", runs: true, "mkdir /tmp/real");
        _hull.Run(
            "exec", "-d", "c", "sh", "-c",
            $"cd /tmp; ln -s {outside} link; while :; do mv real d; mv d real; mv link d; mv d link; done").Succeeds();
        File.WriteAllText(Path.Combine(Here, "x"), "x");

        for (int i = 0; i < 20; i++)
        {
            _ = _hull.Run("cp", Path.Combine(Here, "x"), "c:/tmp/d/x");
        }

        Assert.Empty(Directory.GetFileSystemEntries(outside));
    }

    [Fact]
    public void WholeRoot_OfRunningContainer_IsCopiedWithoutTheKernelsFiles()
    {
        HullHost.RequireRoot();
        Make("c", runs: true);

        _hull.Run("cp", "c:/", Path.Combine(Here, "all")).Succeeds();

        Assert.True(File.Exists(Path.Combine(Here, "all", "data", "seed")));
        Assert.False(Directory.Exists(Path.Combine(Here, "all", "proc")));
    }

    private void Make(string name, bool runs, string before = "true")
    {
        if (runs)
        {
            _hull.Run("run", "-d", "--name", name, "busybox", "sh", "-c", $"{before}; touch /ready; exec sleep 1000").Succeeds();
            _hull.Run("exec", name, "sh", "-c", "until test -e /ready; do :; done").Succeeds();
        }
        else
        {
            _hull.Run("run", "--name", name, "busybox", "sh", "-c", before).Succeeds();
        }
    }

    private List<PaxTarEntry> ReadArchive(string place)
    {
        List<PaxTarEntry> entries = [];
        using TarReader reader = new(new MemoryStream(_hull.RunForBytes(null, "cp", place, "-")));
        while (reader.GetNextEntry() is { } entry)
        {
            entries.Add(entry as PaxTarEntry ?? new PaxTarEntry(entry));
        }

        return entries;
    }

    private static void Chown(string path, int uid)
    {
        using global::System.Diagnostics.Process process = global::System.Diagnostics.Process.Start("chown", [$"{uid}", path]);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
