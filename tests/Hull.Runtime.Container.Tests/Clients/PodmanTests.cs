using Hull.Runtime.Container.Tests.Host;

namespace Hull.Runtime.Container.Tests.Clients;

/// <summary>Debian's Podman runs real work with hull-oci.</summary>
public sealed class PodmanTests : IDisposable
{
    private const string Image = "hulltest:1";
    private static readonly string[] s_limits = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1000:1000", "--network", "none"];
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("hull-client-");

    [Fact]
    public void Podman_WithHullOci_RunsExecutesAndStops()
    {
        Require();

        string run = Podman(["run", "--rm", .. s_limits, Image, "sh", "-c", "echo inside; exit 3"]).Returns(3);
        Podman(["run", "--rm", .. s_limits, Image, "nosuch"]).Returns(127);
        Podman(["run", "--rm", .. s_limits, Image, "/etc"]).Returns(126);
        Podman(["run", "-d", "--name", "one", .. s_limits, Image, "sh", "-c", "trap 'echo bye; exit 7' TERM; echo ready; while :; do sleep 1000 & wait; done"]).Succeeds();
        string exec = Podman("exec", "-u", "user", "-w", "/tmp", "one", "sh", "-c", "id -u; pwd; exit 4").Returns(4);
        string top = Podman("top", "one", "pid", "comm").Succeeds();
        ClientCommand.Await(() => Podman("logs", "one").Succeeds().Contains("ready", StringComparison.Ordinal), "It did not say that it is ready.");
        Podman("stop", "-t", "60", "one").Succeeds();

        Assert.Equal(("inside\n", "1000\n/tmp\n"), (run, exec));
        Assert.Contains("sleep", top, StringComparison.Ordinal);
        Assert.Equal("exited 7\n", Podman("inspect", "--format", "{{.State.Status}} {{.State.ExitCode}}", "one").Succeeds());
        Assert.Equal("ready\nbye\n", Podman("logs", "one").Succeeds());
        Podman("rm", "one").Succeeds();
    }

    [Fact]
    public void Podman_WithLimitsAndPosture_HasThemInside()
    {
        Require();

        string output = Podman(
        ["run", "--rm", "-m", "64m", "--pids-limit", "50", "--cpus", "0.5", "--read-only", "--cap-drop", "ALL", "-u", "user",
                "--security-opt", "no-new-privileges", .. s_limits, Image, "sh", "-c",
                "cd /sys/fs/cgroup; for f in memory/memory.limit_in_bytes memory.max; do test ! -e $f || cat $f; done; id -u; "
                + "grep -E 'CapEff|NoNewPrivs|Seccomp:' /proc/self/status; touch /x 2>/dev/null || echo read-only"]).Succeeds();

        Assert.Equal("67108864\n1000\nCapEff:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\nread-only\n", output);
    }

    [Fact]
    public void Podman_PausesAndKillsContainersOfAPod()
    {
        Require();
        Podman(["run", "-d", "--name", "two", .. s_limits, Image, "sleep", "1000"]).Succeeds();

        Podman("pause", "two").Succeeds();
        string paused = Podman("inspect", "--format", "{{.State.Status}}", "two").Succeeds();
        Podman("unpause", "two").Succeeds();
        Podman("kill", "two").Succeeds();
        string code = Podman("wait", "two").Succeeds();
        Podman("start", "two").Succeeds();
        string again = Podman("inspect", "--format", "{{.State.Status}}", "two").Succeeds();
        Podman("rm", "-f", "-t", "0", "two").Succeeds();

        Assert.Equal(("paused\n", "137\n", "running\n"), (paused, code, again));
    }

    // What a client started to clean up after a container may still write here.
    public void Dispose() =>
        ClientCommand.Run("/bin/sh", ["-c", $"timeout 20 sh -c 'until rm -rf {_directory.FullName} 2>/dev/null; do :; done'"]);

    private void Require()
    {
        Assert.SkipUnless(
            Environment.IsPrivilegedProcess && File.Exists("/usr/bin/podman") && File.Exists("/usr/bin/busybox"), "This needs root, busybox-static and podman.");
        Assert.SkipUnless(File.Exists(OciProgram.Path), "hull-oci was not built beside the tests.");
        ClientCommand.MakeRoot(_directory.FullName + "/image");
        ClientCommand.Run("/bin/sh", ["-c", $"tar -C {_directory.FullName}/image -c . > {_directory.FullName}/image.tar"]).Succeeds();
        Podman("import", _directory.FullName + "/image.tar", Image).Succeeds();
    }

    private CommandResult Podman(params ReadOnlySpan<string> arguments) => ClientCommand.Run(
        "/usr/bin/podman",
        [
            "--root", _directory.FullName + "/pr", "--runroot", _directory.FullName + "/ps", "--tmpdir", _directory.FullName + "/pt",
            "--storage-driver", "vfs", "--cgroup-manager", "cgroupfs", "--events-backend", "file", "--runtime", OciProgram.Path, .. arguments,
        ],
        new Dictionary<string, string> { ["TMPDIR"] = _directory.FullName });
}
