using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Hull.System.Tests;

/// <summary>Real containers that live on: detached, steered, restarted, repaired; the same for every hull.</summary>
public class LifeTests : IDisposable
{
    private readonly HullHost _hull;

    public LifeTests()
        : this(HullHost.Container)
    {
    }

    protected LifeTests(string isolation) => _hull = new HullHost(isolation);

    public void Dispose()
    {
        _hull.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void Supervisor_DoesNotStandInTheUsersDirectory()
    {
        HullHost.RequireRoot();
        string id = _hull.Run("run", "-d", "busybox", "sleep", "1000").Succeeds().Trim();
        using JsonDocument record = JsonDocument.Parse(File.ReadAllText(Path.Combine(_hull.Root, "containers", id, "status.json")));
        int supervisor = record.RootElement.GetProperty("supervisorPid").GetInt32();

        Assert.Equal("/", new FileInfo($"/proc/{supervisor}/cwd").LinkTarget);
    }

    [Fact]
    public void Detached_IsListedLoggedExecutedInStoppedAndRemoved()
    {
        HullHost.RequireRoot();
        _hull.Run("run", "-d", "--name", "a", "busybox", "sh", "-c", "echo hello; exec sleep 1000").Succeeds();

        Assert.Contains("Up ", _hull.Run("ps", "--format", "{{.Names}} {{.Status}}").Succeeds(), StringComparison.Ordinal);
        AwaitLog("a", "hello\n");
        Assert.Equal((3, "in\n"), (_hull.Run("exec", "a", "sh", "-c", "echo in; exit 3") is var exec ? exec.ExitCode : 0, exec.Output));
        Assert.Equal("hello\n", _hull.Run("logs", "a").Succeeds());
        _hull.Run("rm", "a").FailsWith(1, "running");
        Assert.Equal("a\n", _hull.Run("stop", "-t", "0", "a").Succeeds());
        Assert.Equal("137", _hull.Inspect("a", "{{.State.ExitCode}}"));
        _hull.Run("rm", "a").Succeeds();
        _hull.AssertNothingLeft();
    }

    [Fact]
    public void Stop_OfProgramThatListens_EndsWithItsOwnCode()
    {
        HullHost.RequireRoot();
        _hull.Run("run", "-d", "--name", "t", "busybox", "sh", "-c", "trap 'exit 5' TERM; echo ready; while :; do sleep 1; done").Succeeds();
        AwaitLog("t", "ready");

        _hull.Run("stop", "t").Succeeds();

        Assert.Equal("exited 5", _hull.Inspect("t", "{{.State.Status}} {{.State.ExitCode}}"));
    }

    [Fact]
    public void Exec_HasItsOwnUserEnvironmentDirectoryStreamsAndCode()
    {
        HullHost.RequireRoot();
        _hull.Run("run", "-d", "--name", "e", "busybox", "sh", "-c", "echo out; echo err >&2; exec sleep 1000").Succeeds();

        Assert.Equal("1000\n1\n/tmp\n", _hull.Run("exec", "-u", "user", "-e", "A=1", "-w", "/tmp", "e", "sh", "-c", "id -u; echo $A; pwd").Succeeds());
        Assert.Equal("typed\n", _hull.RunWithInput("typed\n", "exec", "-i", "e", "cat").Succeeds());
        HullResult failed = _hull.Run("exec", "e", "sh", "-c", "echo in >&2; exit 3");
        Assert.Equal((3, "", "in\n"), (failed.ExitCode, failed.Output, failed.Error));
        Assert.Equal(137, _hull.Run("exec", "e", "sh", "-c", "kill -9 $$").ExitCode);
        _hull.Run("exec", "e", "nosuchprogram").FailsWith(127, "not found");
        _hull.Run("exec", "e", "/etc/passwd").FailsWith(126, "permission denied");
        HullResult log = _hull.Run("logs", "e");
        Assert.Equal(("out\n", "err\n"), (log.Output, log.Error));
        Assert.Contains("sleep 1000", _hull.Run("top", "e").Succeeds(), StringComparison.Ordinal);
        Assert.Equal("e 1\n", _hull.Run("stats", "--no-stream", "--format", "{{.Name}} {{.PIDs}}", "e").Succeeds());
    }

    [Fact]
    public void Signals_ReachTheProgram_AndStartAndRestartBeginItAnew()
    {
        HullHost.RequireRoot();
        _hull.Run(
            "run", "-d", "--name", "s", "--stop-signal", "USR1", "busybox", "sh", "-c",
            "trap 'echo hup' HUP; trap 'echo asked; exit 9' USR1; echo x >> /times; echo ready $(wc -l < /times); while :; do sleep 0.1; done").Succeeds();
        AwaitLog("s", "ready 1");

        _hull.Run("kill", "-s", "HUP", "s").Succeeds();
        AwaitLog("s", "hup");
        _hull.Run("stop", "s").Succeeds();
        Assert.Equal("exited 9", _hull.Inspect("s", "{{.State.Status}} {{.State.ExitCode}}"));
        Assert.Contains("asked", _hull.Run("logs", "s").Succeeds(), StringComparison.Ordinal);
        _hull.Run("start", "s").Succeeds();
        AwaitLog("s", "ready 2");
        _hull.Run("restart", "-t", "0", "s").Succeeds();
        AwaitLog("s", "ready 3");
        _hull.Run("kill", "s").Succeeds();
        Assert.Equal("137\n", _hull.Run("wait", "s").Succeeds());
    }

    [Fact]
    public void Limits_OfMemoryAndProcesses_AreKept()
    {
        HullHost.RequireRoot();
        HullResult large = _hull.Run("run", "--name", "o", "-m", "16m", "--memory-swap", "16m", "busybox", "dd", "if=/dev/zero", "of=/dev/null", "bs=64M", "count=1");
        HullResult many = _hull.Run("run", "--rm", "--pids-limit", "3", "busybox", "sh", "-c", "sleep 1000 & sleep 1000 & sleep 1000 & sleep 1000");

        Assert.Equal((137, "true 137"), (large.ExitCode, _hull.Inspect("o", "{{.State.OOMKilled}} {{.State.ExitCode}}")));
        Assert.Contains("fork", many.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Pause_FreezesAndUnpauseThaws()
    {
        HullHost.RequireRoot();
        _hull.Run("run", "-d", "--name", "p", "busybox", "sleep", "1000").Succeeds();

        _hull.Run("pause", "p").Succeeds();
        string paused = _hull.Inspect("p", "{{.State.Status}}");
        _hull.Run("pause", "p").FailsWith(1, "already paused");
        _hull.Run("unpause", "p").Succeeds();

        Assert.Equal(("paused", "running"), (paused, _hull.Inspect("p", "{{.State.Status}}")));
    }

    [Fact]
    public void Restart_OnFailure_TriesAsOftenAsAsked()
    {
        HullHost.RequireRoot();
        _hull.Run("run", "-d", "--name", "r", "--restart", "on-failure:2", "busybox", "sh", "-c", "echo try; exit 4").Succeeds();

        Assert.Equal("4\n", _hull.Run("wait", "r").Succeeds());

        Assert.Equal("2 exited", _hull.Inspect("r", "{{.RestartCount}} {{.State.Status}}"));
        Assert.Equal("try\ntry\ntry\n", _hull.Run("logs", "r").Succeeds());
    }

    [Fact]
    public void Health_OfFailingCommand_BecomesUnhealthy()
    {
        HullHost.RequireRoot();
        _hull.Run(
            "run", "-d", "--name", "h", "--health-cmd", "echo sick; false", "--health-interval", "100ms", "--health-retries", "2",
            "busybox", "sleep", "1000").Succeeds();

        _hull.Await("h", "{{.State.Health.Status}}", "unhealthy");

        Assert.Contains("sick", _hull.Inspect("h", "{{json .State.Health.Log}}"), StringComparison.Ordinal);
    }

    [Fact]
    public void Health_OfCommandThatHangs_IsCutOffAndHoldsNobodyUp()
    {
        HullHost.RequireRoot();
        _hull.Run(
            "run", "-d", "--name", "h", "--health-cmd", "sleep 1000", "--health-interval", "100ms", "--health-timeout", "300ms",
            "--health-retries", "1", "busybox", "sleep", "1000").Succeeds();

        _hull.Await("h", "{{.State.Health.Status}}", "unhealthy");

        Assert.Contains("exceeded timeout", _hull.Inspect("h", "{{json .State.Health.Log}}"), StringComparison.Ordinal);
        _hull.Run("rm", "-f", "h").Succeeds();
    }

    [Fact]
    public void Update_OfRunningContainer_ChangesItsLimitNow()
    {
        HullHost.RequireRoot();
        _hull.Run("run", "-d", "--name", "u", "-m", "64m", "busybox", "sleep", "1000").Succeeds();

        _hull.Run("update", "-m", "32m", "--memory-swap", "64m", "u").Succeeds();

        Assert.Equal("33554432", _hull.Inspect("u", "{{.HostConfig.Memory}}"));
        Assert.Contains("32MiB", _hull.Run("stats", "--no-stream", "u").Succeeds(), StringComparison.Ordinal);
    }

    [Fact]
    public void Supervisor_ThatIsKilled_IsRepairedByTheNextCommand()
    {
        HullHost.RequireRoot();
        _hull.Run("run", "-d", "--name", "k", "busybox", "sleep", "1000").Succeeds();
        int first = int.Parse(_hull.Inspect("k", "{{.State.Pid}}"), CultureInfo.InvariantCulture);
        int supervisor = ParentOf(first);

        using (Process process = Process.GetProcessById(supervisor))
        {
            process.Kill();
            process.WaitForExit();
        }

        Assert.Equal("exited 137", _hull.Inspect("k", "{{.State.Status}} {{.State.ExitCode}}"));
        Assert.True(HasEnded(first));
        _hull.Run("start", "k").Succeeds();
        _hull.Run("rm", "-f", "k").Succeeds();
        _hull.AssertNothingLeft();
    }

    [Fact]
    public void Commands_KilledAtRandom_LeaveNothingThatIsNotRepaired()
    {
        HullHost.RequireRoot();
        Random random = new(7);
        for (int i = 0; i < 20; i++)
        {
            string[] arguments = (i % 4) switch
            {
                0 => ["run", "--rm", "busybox", "true"],
                1 => ["run", "-d", "busybox", "sleep", "1000"],
                2 => ["create", "busybox", "true"],
                _ => ["run", "--rm", "busybox", "sh", "-c", "sleep 1"],
            };
            using Process process = _hull.Start(arguments);
            process.WaitForExit(random.Next(1, 1500));
            process.Kill();
            process.WaitForExit();
        }

        string[] left = _hull.Run("ps", "-aq").Succeeds().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (left.Length > 0)
        {
            _hull.Run(["rm", "-f", .. left]);
        }

        long end = Environment.TickCount64 + 60_000;
        while (Environment.TickCount64 < end && _hull.Run("ps", "-aq").Succeeds().Length > 0)
        {
        }

        _hull.AssertNothingLeft();
    }

    [Fact]
    public void Events_TellTheLifeOfAContainer()
    {
        HullHost.RequireRoot();
        _hull.Run("run", "--rm", "--name", "e", "busybox", "true").Succeeds();

        string output = _hull.Run("events", "--since", "1h", "--until", "0s", "--filter", "container=e", "--format", "{{.Action}}").Succeeds();

        Assert.Equal("create\nstart\ndie\ndestroy\n", output);
    }

    [Fact]
    public void Root_ThatCannotBeMade_FailsWithOneSentence()
    {
        HullHost.RequireRoot();

        HullResult result = _hull.Run("--root", "/proc/nowhere", "ps");

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("hull: ", result.Error, StringComparison.Ordinal);
    }

    private void AwaitLog(string name, string text)
    {
        long end = Environment.TickCount64 + 60_000;
        string seen = "";
        while (Environment.TickCount64 < end && !(seen = _hull.Run("logs", name).Succeeds()).Contains(text, StringComparison.Ordinal))
        {
        }

        Assert.Contains(text, seen, StringComparison.Ordinal);
    }

    // Its parent is gone: whoever inherited it may not have taken its exit status yet.
    private static bool HasEnded(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            // It went away before its file was opened, or between that and reading it.
            return true;
        }
    }

    private static int ParentOf(int pid)
    {
        string stat = File.ReadAllText($"/proc/{pid}/stat");
        return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
    }
}
