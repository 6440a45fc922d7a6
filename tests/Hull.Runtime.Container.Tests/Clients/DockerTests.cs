namespace Hull.Runtime.Container.Tests.Clients;

/// <summary>Debian's dockerd runs real work with hull-oci.</summary>
public sealed class DockerTests(DockerDaemon docker) : IClassFixture<DockerDaemon>
{
    private const string None = "--network=none";

    [Fact]
    public void Run_WithLimits_SetsThemAndReturnsTheStatus()
    {
        docker.Require();

        CommandResult run = docker.Docker(
            "run", "--rm", None, "-m", "64m", "--cpus", "0.5", "--pids-limit", "50", "--ulimit", "nofile=100:200", DockerDaemon.Image, "sh", "-c",
            "cd /sys/fs/cgroup; for f in memory/memory.limit_in_bytes memory.max cpu/cpu.cfs_quota_us pids/pids.max pids.max; do test ! -e $f || cat $f; done; ulimit -n; exit 3");

        string[] lines = run.Returns(3).TrimEnd().Split('\n');
        Assert.Equal("67108864", lines[0]);
        Assert.Contains("50", lines);
        Assert.Equal("100", lines[^1]);
    }

    [Fact]
    public void Run_WithInputAndTerminal_PassesBoth()
    {
        docker.Require();

        Assert.Equal("typed\n", docker.DockerWithInput("typed\n", "run", "--rm", "-i", None, DockerDaemon.Image, "cat").Succeeds());
        Assert.Equal("/dev/pts/0\r\n", docker.Docker("run", "--rm", "-t", None, DockerDaemon.Image, "tty").Succeeds());
    }

    [Fact]
    public void Run_WithUserMountsAndPosture_AppliesThem()
    {
        docker.Require();
        string shared = docker.WorkDirectory + "/shared";
        Directory.CreateDirectory(shared);
        File.WriteAllText(shared + "/seed", "seed\n");

        string output = docker.Docker(
            "run", "--rm", None, "-u", "user", "-w", "/etc", "-e", "A=b", "--hostname", "inside", "--read-only", "--cap-drop", "ALL",
            "--security-opt", "no-new-privileges", "--tmpfs", "/scratch:mode=1777", "-v", $"{shared}:/shared:ro", "--sysctl", "net.ipv4.ip_forward=1",
            DockerDaemon.Image, "sh", "-c",
            "id -u; pwd; echo $A; cat /proc/sys/kernel/hostname /shared/seed /proc/sys/net/ipv4/ip_forward; grep -E 'CapEff|NoNewPrivs|Seccomp:' /proc/self/status; "
            + "touch /scratch/x && echo scratch; touch /x 2>/dev/null || echo read-only; touch /shared/x 2>/dev/null || echo shared; unshare -U true 2>/dev/null || echo filtered").Succeeds();

        Assert.Equal(
            "1000\n/etc\nb\ninside\nseed\n1\nCapEff:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\nscratch\nread-only\nshared\nfiltered\n", output);
    }

    [Fact]
    public void DetachedContainer_LivesFromRunToRemove()
    {
        docker.Require();
        docker.Docker(
            "run", "-d", "--name", "life", None, DockerDaemon.Image, "sh", "-c", "trap 'echo bye; exit 7' TERM; echo ready; while :; do sleep 1000 & wait; done").Succeeds();
        AwaitLog("life", "ready");

        string inside = docker.Docker("exec", "-u", "user", "-w", "/tmp", "-e", "A=b", "life", "sh", "-c", "id -u; pwd; echo $A; exit 4").Returns(4);
        string typed = docker.DockerWithInput("typed\n", "exec", "-i", "life", "cat").Succeeds();
        string terminal = docker.Docker("exec", "-t", "life", "tty").Succeeds();
        CommandResult missing = docker.Docker("exec", "life", "nosuch");
        docker.Docker("stop", "-t", "60", "life").Succeeds();

        Assert.Contains("executable file not found in $PATH", missing.Output + missing.Errors, StringComparison.Ordinal);
        Assert.Equal(("1000\n/tmp\nb\n", "typed\n", "/dev/pts/0\r\n"), (inside, typed, terminal));
        Assert.Equal("exited 7", Inspect("life", "{{.State.Status}} {{.State.ExitCode}}"));
        Assert.Equal("ready\nbye\n", docker.Docker("logs", "life").Succeeds());
        docker.Docker("start", "life").Succeeds();
        Assert.Equal("running", Inspect("life", "{{.State.Status}}"));
        docker.Docker("rm", "-f", "life").Succeeds();
        docker.Docker("inspect", "life").Returns(1);
    }

    [Fact]
    public void RunningContainer_IsPausedUpdatedWatchedAndKilled()
    {
        docker.Require();
        docker.Docker(
            "run", "-d", "--init", "--name", "busy", "-m", "64m", None, "--health-cmd", "cat /proc/1/comm", "--health-interval", "100ms",
            DockerDaemon.Image, "sleep", "1000").Succeeds();

        docker.Docker("pause", "busy").Succeeds();
        Assert.Equal("paused", Inspect("busy", "{{.State.Status}}"));
        docker.Docker("unpause", "busy").Succeeds();
        docker.Docker("update", "-m", "32m", "--memory-swap", "-1", "--cpus", "0.25", "busy").Succeeds();
        string limits = docker.Docker("exec", "busy", "sh", "-c", "cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes memory.max 2>/dev/null").Output;
        string top = docker.Docker("top", "busy").Succeeds();
        string statistics = docker.Docker("stats", "--no-stream", "--format", "{{.MemUsage}} {{.PIDs}}", "busy").Succeeds();
        ClientCommand.Await(() => Inspect("busy", "{{.State.Health.Status}}") == "healthy", "It is not healthy.");
        docker.Docker("kill", "-s", "KILL", "busy").Succeeds();

        Assert.Equal("33554432\n", limits);
        Assert.Contains("docker-init", top, StringComparison.Ordinal);
        Assert.Contains("/ 32MiB 2", statistics, StringComparison.Ordinal);
        Assert.Equal("137", docker.Docker("wait", "busy").Succeeds().Trim());
        docker.Docker("rm", "busy").Succeeds();
    }

    [Fact]
    public void FailingContainer_IsRestartedAsItsPolicySays()
    {
        docker.Require();

        docker.Docker("run", "-d", "--name", "again", "--restart", "on-failure:2", None, DockerDaemon.Image, "sh", "-c", "exit 5").Succeeds();

        ClientCommand.Await(() => Inspect("again", "{{.State.Status}} {{.RestartCount}} {{.State.ExitCode}}") == "exited 2 5", "It was not restarted twice.");
        docker.Docker("rm", "again").Succeeds();
    }

    [Fact]
    public void BadCommands_ReturnDockersStatus()
    {
        docker.Require();

        CommandResult missing = docker.Docker("run", "--rm", None, DockerDaemon.Image, "nosuch");
        CommandResult directory = docker.Docker("run", "--rm", None, DockerDaemon.Image, "/etc");
        docker.Docker("run", "--rm", None, "-m", "8m", "--memory-swap", "8m", DockerDaemon.Image, "tail", "/dev/zero").Returns(137);

        Assert.Equal(127, missing.Code);
        Assert.Contains("executable file not found in $PATH", missing.Errors, StringComparison.Ordinal);
        Assert.Equal(126, directory.Code);
        Assert.Equal("", docker.Docker("ps", "-a", "--format", "{{.Names}}", "--filter", "status=created").Succeeds());
    }

    [Fact]
    public void BuiltImage_HasWhatItsStepsMade()
    {
        docker.Require();
        string context = docker.WorkDirectory + "/context";
        Directory.CreateDirectory(context);
        File.WriteAllText(context + "/Dockerfile", $"FROM {DockerDaemon.Image}\nRUN echo made > /made && mkdir /dir\nUSER user\nCMD [\"cat\", \"/made\"]\n");

        docker.Docker("build", "--network", "none", "-t", "hulltest:built", context).Succeeds();

        Assert.Equal("made\n", docker.Docker("run", "--rm", None, "hulltest:built").Succeeds());
    }

    private string Inspect(string name, string format) => docker.Docker("inspect", "--format", format, name).Succeeds().Trim();

    private void AwaitLog(string name, string line) =>
        ClientCommand.Await(() => docker.Docker("logs", name).Succeeds().Contains(line, StringComparison.Ordinal), $"'{name}' did not say '{line}'.");
}
