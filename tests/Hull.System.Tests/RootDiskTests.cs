using System.Globalization;

namespace Hull.System.Tests;

/// <summary>Containers in machines whose root is a disk: what stays, what is refused, what goes.</summary>
public sealed class RootDiskTests : IDisposable
{
    private readonly HullHost _hull = new(HullHost.Machine, vmRoot: "block");

    public void Dispose() => _hull.Dispose();

    [Fact]
    public void Root_OnDisk_LooksLikeTheImageAndKeepsWhatIsWritten()
    {
        HullHost.RequireRoot();
        const string Look = "stat -c '%A %u:%g' / /bin/busybox; ls /; cat /data/seed; stat -f -c %T /";
        string[] lines = _hull.Run("run", "--name", "box", "busybox", "sh", "-c", $"{Look}; echo kept >/data/own; rm /data/seed").Succeeds().Split('\n');

        Assert.Equal(["drwxr-xr-x 0:0", "-rwxr-xr-x 0:0"], lines[..2]);
        Assert.DoesNotContain("lost+found", lines);
        Assert.Equal(["seed 1", "ext2/ext3", ""], lines[^3..]);
        string disk = Assert.Single(Directory.GetFiles(Path.Combine(_hull.Root, "snapshots", "blocks")));

        HullResult second = _hull.Run("start", "-a", "box");
        Assert.Contains("seed", second.Error, StringComparison.Ordinal);
        Assert.Equal("seed 1\n", _hull.Run("run", "--rm", "busybox", "cat", "/data/seed").Succeeds());
        _hull.Run("rm", "box").Succeeds();
        _hull.AssertNothingLeft();
        _hull.Run("image", "rm", "busybox").Succeeds();
        _hull.Run("image", "prune", "-a", "-f").Succeeds();
        Assert.False(File.Exists(disk));
    }

    [Fact]
    public void Root_OnDisk_SurvivesTheDeathOfItsMachine()
    {
        HullHost.RequireRoot();
        _hull.Run("run", "-d", "--name", "box", "busybox", "sh", "-c", "test -e /kept && exec cat /kept; echo kept >/kept; sync; touch /done; sleep 1000").Succeeds();
        _hull.Await("box", "{{.State.Status}}", "running");
        _hull.Run("exec", "box", "sh", "-c", "until test -e /done; do :; done").Succeeds();

        using (var machine = global::System.Diagnostics.Process.GetProcessById(int.Parse(_hull.Inspect("box", "{{.State.Pid}}"), CultureInfo.InvariantCulture)))
        {
            machine.Kill();
        }

        _hull.Await("box", "{{.State.Status}}", "exited");

        Assert.Contains("kept\n", _hull.Run("start", "-a", "box").Output, StringComparison.Ordinal);
        foreach (string[] command in (string[][])[["diff", "box"], ["export", "box"], ["commit", "box", "new"], ["cp", "box:/kept", "-"]])
        {
            HullResult refused = _hull.Run(command);

            Assert.NotEqual(0, refused.ExitCode);
            Assert.Contains("on a disk of its machine, which the host does not read", refused.Error, StringComparison.Ordinal);
        }
    }
}
