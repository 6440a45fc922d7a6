using System.Diagnostics;
using Hull.Linux;

namespace Hull.System.Tests;

/// <summary>Commands on a container whose machine is still booting: the kernel is one that never comes up, so no test races with it.</summary>
public sealed class BootingMachineTests : IDisposable
{
    private readonly HullHost _hull = new(HullHost.Machine, isStuck: true);

    public void Dispose() => _hull.Dispose();

    [Theory]
    [InlineData("143", "stop", "box")]
    [InlineData("130", "stop", "-s", "INT", "box")]
    [InlineData("137", "stop", "-t", "0", "-s", "KILL", "box")]
    [InlineData("137", "kill", "box")]
    [InlineData("143", "kill", "-s", "TERM", "box")]
    public void End_OfOneThatBoots_EndsItsMachine(string code, params string[] command)
    {
        using Process starter = Boot("run", "-d", "--restart", "always", "--name", "box", "busybox", "true");

        _hull.Run(command).Succeeds();

        Assert.Equal(code, $"{ExitCode(starter, out string error)}");
        Assert.Equal("hull: The container 'box' was ended while it was starting.\n", error);
        Assert.Equal($"exited {code} false", _hull.Inspect("box", "{{.State.Status}} {{.State.ExitCode}} {{.State.Running}}"));
        Assert.Equal(code, _hull.Run("wait", "box").Succeeds().Trim());
        _hull.Run("rm", "box").Succeeds();
        _hull.AssertNothingLeft();
    }

    [Fact]
    public void Look_AtOneThatBoots_ShowsItAsCreated_AndWhatNeedsTheProgramIsRefused()
    {
        using Process starter = Boot("run", "-d", "--name", "box", "busybox", "true");

        Assert.Equal("", _hull.Run("ps", "-q").Succeeds());
        Assert.Equal("box Created created", _hull.Run("ps", "-a", "--format", "{{.Names}} {{.Status}} {{.State}}").Succeeds().Trim());
        Assert.Equal("created false 0", _hull.Inspect("box", "{{.State.Status}} {{.State.Running}} {{.State.Pid}}"));
        Assert.Equal("box 0.00% 0", _hull.Run("stats", "--no-stream", "--format", "{{.Name}} {{.CPUPerc}} {{.PIDs}}", "box").Succeeds().Trim());
        Assert.Equal("", _hull.Run("logs", "box").Succeeds());
        Refused("still starting: try again once it runs", "exec", "box", "true");
        Refused("still starting: try again once it runs", "exec", "-d", "box", "true");
        Refused("still starting: try again once it runs", "top", "box");
        Refused("still starting: try again once it runs", "attach", "--no-stdin", "box");
        Refused("still starting: try again once it runs", "update", "--pids-limit", "9", "box");
        Refused("still starting: try again once it runs", "cp", "box:/etc", "-");
        Refused("still starting.", "pause", "box");
        Refused("still starting.", "unpause", "box");
        Refused("still starting.", "kill", "-s", "WINCH", "box");
        Refused("is starting: stop it first", "rm", "box");
        Assert.DoesNotContain("Container", _hull.Run("prune", "-f").Succeeds(), StringComparison.Ordinal);

        _hull.Run("rename", "box", "crate").Succeeds();
        _hull.Run("stop", "crate").Succeeds();
        Assert.Equal(143, ExitCode(starter, out _));
    }

    [Fact]
    public void ForcedRemoval_OfOneThatBoots_LeavesNothing()
    {
        using Process starter = Boot("run", "-d", "--name", "box", "busybox", "true");

        _hull.Run("rm", "-f", "box").Succeeds();

        Assert.Equal(137, ExitCode(starter, out _));
        _hull.AssertNothingLeft();
    }

    // Nobody looks on: the kernel halts, and the limit ends it.
    [Fact]
    public void Limit_OfTheBoot_EndsTheMachineAndSaysWhatWasWaitedFor()
    {
        HullHost.RequireRoot();

        HullResult result = _hull.Run("run", "--rm", "--vm-boot-timeout", "1s", "busybox", "true");

        Assert.Equal(125, result.ExitCode);
        Assert.Matches(
            "^hull: The agent in the machine of '[0-9a-f]+' did not answer within 1 s, so the machine was ended; its kernel printed nothing: "
                + @"try another kernel \(--vm-kernel\), or give it more time \(--vm-boot-timeout\)\.\n$",
            result.Error);
        _hull.AssertNothingLeft();
    }

    [Fact]
    public void Limit_OfTheBoot_EndsTheStart_AndNothingTriesAgain()
    {
        HullHost.RequireRoot();

        Assert.Equal(125, _hull.Run("run", "-d", "--restart", "always", "--name", "box", "--vm-boot-timeout", "1s", "busybox", "true").ExitCode);

        Assert.Equal("created 125 false", _hull.Inspect("box", "{{.State.Status}} {{.State.ExitCode}} {{.State.Running}}"));
        Assert.Contains("did not answer within 1 s", _hull.Inspect("box", "{{.State.Error}}"), StringComparison.Ordinal);
        _hull.Run("rm", "box").Succeeds();
        _hull.AssertNothingLeft();
    }

    [Fact]
    public void Interrupt_OfTheCommandThatBootsIt_EndsItsMachine()
    {
        using Process starter = Boot("run", "--rm", "busybox", "true");

        using PidFd process = PidFd.TryOpen(starter.Id)!;
        Assert.True(process.TrySignal(new Signal(2)));

        Assert.Equal(130, ExitCode(starter, out string error));
        Assert.Contains("was ended while it was starting", error, StringComparison.Ordinal);
        _hull.AssertNothingLeft();
    }

    [Fact]
    public void Followers_OfOneThatBoots_AreToldItsEnd()
    {
        using Process starter = Boot("run", "-d", "--name", "box", "busybox", "true");
        using Process waiter = _hull.Start("wait", "box");
        using Process follower = _hull.Start("logs", "-f", "box");

        _hull.Run("kill", "box").Succeeds();

        Assert.Equal("137", waiter.StandardOutput.ReadToEnd().Trim());
        Assert.Equal("", follower.StandardOutput.ReadToEnd());
        Assert.Equal(137, ExitCode(starter, out _));
        waiter.WaitForExit();
        follower.WaitForExit();
    }

    [Fact]
    public void Kill_OfTheSupervisorOfOneThatBoots_IsToldAndTidied()
    {
        using Process starter = Boot("run", "-d", "--rm", "--name", "box", "busybox", "true");
        string record = File.ReadAllText(Path.Combine(_hull.Root, "containers", _hull.Inspect("box", "{{.Id}}"), "status.json"));
        int supervisor = global::System.Text.Json.JsonDocument.Parse(record).RootElement.EnumerateObject()
            .First(one => one.Name.Equals("SupervisorPid", StringComparison.OrdinalIgnoreCase)).Value.GetInt32();

        using PidFd process = PidFd.TryOpen(supervisor)!;
        Assert.True(process.TrySignal(Signal.Kill));

        Assert.Equal(125, ExitCode(starter, out string error));
        Assert.Contains("died before the container started", error, StringComparison.Ordinal);
        _hull.AssertNothingLeft();
    }

    // Returns once the machine's process runs.
    private Process Boot(params string[] command)
    {
        HullHost.RequireRoot();
        Process starter = _hull.Start(command);
        string machines = Path.Combine(_hull.State, "machines");
        while (!HullHost.Entries(machines).Any(one => File.Exists(Path.Combine(one, "pid"))))
        {
            Assert.False(starter.HasExited, "The start is over already.");
            _hull.Run("version").Succeeds();
        }

        return starter;
    }

    private static int ExitCode(Process starter, out string error)
    {
        error = starter.StandardError.ReadToEnd();
        starter.WaitForExit();
        return starter.ExitCode;
    }

    private void Refused(string reason, params string[] command)
    {
        HullResult result = _hull.Run(command);
        Assert.True(result.ExitCode == 1, $"{string.Join(' ', command)}: {result.ExitCode}");
        Assert.Contains(reason, result.Error, StringComparison.Ordinal);
        Assert.Single(result.Error.Trim().Split('\n'));
    }
}
