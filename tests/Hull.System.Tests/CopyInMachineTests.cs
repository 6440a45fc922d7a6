using System.Formats.Tar;

namespace Hull.System.Tests;

/// <summary><c>hull cp</c> and <c>hull top</c> of a machine that runs: by the guest, which alone knows what its container sees.</summary>
public sealed class CopyInMachineTests : IDisposable
{
    private readonly HullHost _hull = new(HullHost.Machine);

    private string Here => Directory.CreateDirectory(Path.Combine(_hull.HomeDirectory, "here")).FullName;

    public void Dispose() => _hull.Dispose();

    [Fact]
    public void Files_GoInAndOut_AsOfContainers()
    {
        HullHost.RequireRoot();
        _hull.Run("run", "-d", "--name", "c", "--tmpfs", "/mem", "-v", "vol:/v", "busybox", "sh", "-c", "cat /data/seed /data/none; ln -s /data/seed /tmp/l; touch /ready; exec sleep 1000").Succeeds();
        _hull.Run("exec", "c", "sh", "-c", "until test -e /ready; do :; done").Succeeds();
        string file = Path.Combine(Here, "f");
        File.WriteAllText(file, "text\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        File.SetLastWriteTimeUtc(file, new DateTime(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc));
        Directory.CreateDirectory(Path.Combine(Here, "d", "sub"));
        File.WriteAllBytes(Path.Combine(Here, "d", "sub", "large"), new byte[3_000_000]);

        // Over a file that the guest knows already, to one it knows not to be there, and to mounts only it sees.
        foreach (string target in (string[])["c:/data/seed", "c:/data/none", "c:/mem", "c:/v/f"])
        {
            _hull.Run("cp", file, target).Succeeds();
        }

        _hull.Run("cp", Path.Combine(Here, "d"), "c:/tmp").Succeeds();
        _hull.Run("cp", Path.Combine(Here, "d"), "c:/new").Succeeds();
        _hull.Run("cp", Path.Combine(Here, "d") + "/.", "c:/root").Succeeds();
        string seen = _hull.Run("exec", "c", "sh", "-c", "cat /data/seed /data/none /mem/f /v/f; stat -c '%a %u %Y' /data/none; wc -c </tmp/d/sub/large; ls /new /root").Succeeds();

        Assert.Equal("text\ntext\ntext\ntext\n500 0 1577934245\n3000000\n/new:\nsub\n\n/root:\nsub\n", seen);
        _hull.Run("cp", "c:/mem/f", Path.Combine(Here, "back")).Succeeds();
        _hull.Run("cp", "c:/tmp/l", Path.Combine(Here, "link")).Succeeds();
        _hull.Run("cp", "-L", "c:/tmp/l", Path.Combine(Here, "followed")).Succeeds();
        _hull.Run("cp", "c:/new", Path.Combine(Here, "out")).Succeeds();
        Assert.Equal("text\n", File.ReadAllText(Path.Combine(Here, "back")));
        Assert.Equal(2020, File.GetLastWriteTimeUtc(Path.Combine(Here, "back")).Year);
        Assert.Equal("/data/seed", File.ResolveLinkTarget(Path.Combine(Here, "link"), false)!.FullName);
        Assert.Equal("text\n", File.ReadAllText(Path.Combine(Here, "followed")));
        Assert.Equal(3_000_000, new FileInfo(Path.Combine(Here, "out", "sub", "large")).Length);

        byte[] archive = _hull.RunForBytes(null, "cp", "c:/new", "-");
        using (TarReader tar = new(new MemoryStream(archive)))
        {
            Assert.Equal("new", tar.GetNextEntry()!.Name.TrimEnd('/'));
        }

        _hull.RunForBytes(archive, "cp", "-", "c:/mem");
        _hull.Run("cp", "c:/nosuch", Here).FailsWith(1, "no such file");
        _hull.Run("cp", file, "c:/data/seed/").FailsWith(1, "no directory");
        _hull.Run("cp", file, "c:/nosuch/f").FailsWith(1, "no such file");
        _hull.RunWithInput("not an archive", "cp", "-", "c:/tmp").FailsWith(1, "archive");
        string[] top = _hull.Run("top", "c").Succeeds().TrimEnd().Split('\n');
        Assert.Equal(2, top.Length);
        Assert.Matches("^0 +[0-9]+ +[0-9]+ .* sleep 1000$", top[1]);
        _hull.Run("top", "c", "-o", "pid").FailsWith(1, "no options of ps");
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_hull.Root, "snapshots", "staging")));
    }
}
