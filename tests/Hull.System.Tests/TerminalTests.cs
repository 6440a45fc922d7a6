using System.Diagnostics;

namespace Hull.System.Tests;

/// <summary>Containers on a real pseudo-terminal: sizes, keys, leaving and coming back, exit codes; the same for every hull.</summary>
public class TerminalTests : IDisposable
{
    private const string Prompt = "# ";
    private const string LeaveKeys = "\u0010\u0011";

    private readonly HullHost _hull;

    public TerminalTests()
        : this(HullHost.Container)
    {
    }

    protected TerminalTests(string isolation) => _hull = new HullHost(isolation);

    public void Dispose()
    {
        _hull.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void Run_HasATerminalOfTheSameSize_FollowsIt_AndEndsWithTheCode()
    {
        PseudoTerminal.Require();
        using PseudoTerminal terminal = new(_hull, "run", "-it", "--rm", "busybox", "sh");
        terminal.Await(Prompt);

        terminal.Type("stty size; tty\n");
        terminal.Await("24 80");
        terminal.Await("/dev/pts/0");
        terminal.Resize(33, 77);
        terminal.Type("until test \"$(stty size)\" = '33 77'; do :; done; echo re''sized\n");
        terminal.Await("resized");
        terminal.Type("exit 5\n");

        Assert.Equal(5, terminal.ExitCode());
        _hull.AssertNothingLeft();
    }

    [Fact]
    public void LeaveKeys_LeaveTheContainerRunning_AndAttachComesBack()
    {
        PseudoTerminal.Require();
        using (PseudoTerminal terminal = new(_hull, "run", "-it", "--name", "t", "busybox", "sh"))
        {
            terminal.Await(Prompt);
            terminal.Type("mine=value\n");
            terminal.Await(Prompt);
            terminal.Type(LeaveKeys);
            Assert.Equal(0, terminal.ExitCode());
        }

        Assert.Equal("running", _hull.Inspect("t", "{{.State.Status}}"));
        using (PseudoTerminal terminal = new(_hull, "attach", "--detach-keys", "ctrl-a,x", "t"))
        {
            terminal.Type("echo is-$mine\n");
            terminal.Await("is-value");
            terminal.Type("\u0001x");
            Assert.Equal(0, terminal.ExitCode());
        }

        using (PseudoTerminal terminal = new(_hull, "attach", "t"))
        {
            terminal.Type("exit 4\n");
            Assert.Equal(4, terminal.ExitCode());
        }

        using (PseudoTerminal terminal = new(_hull, "start", "-ai", "t"))
        {
            terminal.Await(Prompt);
            terminal.Type("exit 6\n");
            Assert.Equal(6, terminal.ExitCode());
        }
    }

    [Fact]
    public void Exec_HasATerminalOfItsOwn()
    {
        PseudoTerminal.Require();
        _hull.Run("run", "-d", "--name", "e", "busybox", "sleep", "1000").Succeeds();
        using (PseudoTerminal terminal = new(_hull, "exec", "-it", "e", "sh"))
        {
            terminal.Await(Prompt);
            terminal.Type("stty size\n");
            terminal.Await("24 80");
            terminal.Resize(40, 100);
            terminal.Type("until test \"$(stty size)\" = '40 100'; do :; done; exit 9\n");
            Assert.Equal(9, terminal.ExitCode());
        }

        using (PseudoTerminal terminal = new(_hull, "exec", "-it", "e", "sh"))
        {
            terminal.Await(Prompt);
            terminal.Type(LeaveKeys);
            Assert.Equal(0, terminal.ExitCode());
        }

        using (PseudoTerminal terminal = new(_hull, "exec", "-it", "e", "sh", "-c", "echo up; exec cat"))
        {
            terminal.Await("up");
            terminal.Type("\u0003");
            Assert.Equal(130, terminal.ExitCode());
        }
    }

    [Fact]
    public void LeaveKeys_OfAnExec_LeaveItRunning()
    {
        PseudoTerminal.Require();
        _hull.Run("run", "-d", "--name", "e", "busybox", "sleep", "1000").Succeeds();
        using (PseudoTerminal terminal = new(_hull, "exec", "-it", "--detach-keys", "ctrl-a,x", "e", "sh", "-c", "echo up; cat; touch /ended"))
        {
            terminal.Await("up");
            terminal.Type(LeaveKeys + "\u0001x");
            Assert.Equal(0, terminal.ExitCode());
        }

        Assert.Equal("running", _hull.Inspect("e", "{{.State.Status}}"));
    }

    [Fact]
    public void Attach_WithoutInput_PassesNothingIn()
    {
        HullHost.RequireRoot();
        _hull.Run("run", "-d", "-i", "--name", "a", "busybox", "sh", "-c", "read x; echo got $x").Succeeds();
        using Process deaf = _hull.Start("attach", "--no-stdin", "a");
        deaf.StandardInput.WriteLine("first");
        deaf.StandardInput.Close();

        Assert.Equal("got second\n", _hull.RunWithInput("second\n", "attach", "a").Succeeds());

        deaf.WaitForExit();
    }

    [Fact]
    public void Terminal_IsAsBefore_WhenTheCommandEnded()
    {
        PseudoTerminal.Require();
        using PseudoTerminal terminal = new(_hull, "run", "-it", "--rm", "busybox", "sh");
        terminal.Await(Prompt);
        Assert.Contains("-icanon", terminal.Settings(), StringComparison.Ordinal);
        Assert.Contains(" icanon", terminal.SettingsBefore, StringComparison.Ordinal);

        terminal.Type("exit\n");

        Assert.Equal(terminal.SettingsBefore, terminal.SettingsAfter());
        Assert.Equal(0, terminal.ExitCode());
    }

    [Fact]
    public void Interrupt_WithoutTerminalInTheContainer_IsPassedOn_OrNot()
    {
        PseudoTerminal.Require();
        string[] program = ["busybox", "sh", "-c", "trap \"exit 3\" INT; echo up; while :; do sleep 0.1; done"];
        using (PseudoTerminal terminal = new(_hull, ["run", "--rm", .. program]))
        {
            terminal.Await("up");
            terminal.Type("\u0003");
            Assert.Equal(3, terminal.ExitCode());
        }

        using (PseudoTerminal terminal = new(_hull, ["run", "--sig-proxy=false", "--name", "s", .. program]))
        {
            terminal.Await("up");
            terminal.Type("\u0003");
            Assert.Equal(130, terminal.ExitCode());
        }

        Assert.Equal("running", _hull.Inspect("s", "{{.State.Status}}"));
    }

    [Fact]
    public void Init_WithTerminal_GetsTheProgramItsKeys()
    {
        PseudoTerminal.Require();
        using PseudoTerminal terminal = new(_hull, "run", "-it", "--rm", "--init", "busybox", "sh", "-c", "echo up; exec sleep 1000");
        terminal.Await("up");
        terminal.Type("\u0003");

        Assert.Equal(130, terminal.ExitCode());
    }

    [Fact]
    public void TerminalWithoutOne_IsRefusedBeforeAnythingIsMade()
    {
        HullHost.RequireRoot();

        _hull.Run("run", "-it", "busybox", "sh").FailsWith(125, "leave -t away");
        _hull.Run("run", "--detach-keys", "bogus", "-d", "busybox", "true").FailsWith(125, "detach key");
        _hull.Run("run", "-d", "-a", "stdout", "busybox", "true").FailsWith(125, "exclude each other");
        _hull.AssertNothingLeft();
        _hull.Run("run", "-dit", "--name", "t", "busybox", "sh").Succeeds();
        _hull.Run("exec", "-it", "t", "sh").FailsWith(125, "leave -t away");
        _hull.Run("attach", "t").FailsWith(125, "leave -t away");
    }

    [Fact]
    public void Input_WithoutTerminal_EndsTheProgramsInput()
    {
        HullHost.RequireRoot();

        Assert.Equal("abc", _hull.RunWithInput("abc", "run", "-i", "--rm", "busybox", "cat").Succeeds());
        Assert.Equal("", _hull.RunWithInput("abc", "run", "--rm", "busybox", "cat").Succeeds());
        Assert.Equal("tty: not a tty\n", "tty: " + _hull.RunWithInput("", "run", "-i", "--rm", "busybox", "tty").Output);
        _hull.Run("run", "-di", "--name", "c", "busybox", "cat").Succeeds();
        Assert.Equal("abc", _hull.RunWithInput("abc", "exec", "-i", "c", "cat").Succeeds());
    }

    [Theory]
    [InlineData("out\n", "", "stdout")]
    [InlineData("", "err\n", "stderr")]
    public void Attach_OfOneStream_ShowsOnlyThat(string output, string error, string stream)
    {
        HullHost.RequireRoot();

        HullResult result = _hull.Run("run", "--rm", "-a", stream, "busybox", "sh", "-c", "echo out; echo err >&2");

        Assert.Equal((0, output, error), (result.ExitCode, result.Output, result.Error));
    }
}
