using System.Diagnostics;

namespace Hull.System.Tests;

/// <summary>Guests that do not come up, or that say what is not so: one sentence, and every way to end them ends them.</summary>
public sealed class BrokenGuestTests : IDisposable
{
    private const string Compiler = "/usr/bin/gcc";

    private static readonly string[] s_programs = ["hull", "hull-machine", "hull-task", "hull-oci", "libe_sqlite3.so"];

    private readonly HullHost _hull = new(HullHost.Machine);

    private string Programs => Path.Combine(_hull.HomeDirectory, "programs");

    public void Dispose()
    {
        if (Directory.Exists(Programs))
        {
            // Whatever a test left is ended by the program that made it.
            string[] ids = Run("ps", "-aq").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            if (ids.Length > 0)
            {
                Run(["rm", "-f", .. ids]);
            }
        }

        _hull.Dispose();
    }

    [Theory]
    [InlineData("ENDS", "ended because its kernel panicked: 'Attempted to kill init! exitcode=0x00000700'\\.")]
    [InlineData("SWITCHES_OFF", "ended before its guest was up; its last lines were: .*the last word of the guest \\\\x1b\\[2J")]
    public void Agent_ThatEnds_IsToldWithWhatTheGuestPrintedLast(string mode, string message)
    {
        UseAgent(mode);

        HullResult result = Run("run", "--rm", "busybox", "true");

        Assert.Equal(125, result.ExitCode);
        Assert.Matches("^hull: The machine of '[0-9a-f]+' " + message, result.Error);
        Assert.Single(result.Error.TrimEnd('\n').Split('\n'));
        Assert.DoesNotContain('\u001b', result.Error);
        _hull.AssertNothingLeft();
    }

    // It asks the guest, and a good one is gone then; this one begins an answer, or says that it did what it did not do.
    [Theory]
    [InlineData("LIES", "kill")]
    [InlineData("LIES", "stop", "-t", "1")]
    [InlineData("LIES", "rm", "-f")]
    public void Guest_ThatSaysThatItObeys_EndsWithItsMachine(string mode, params string[] command)
    {
        UseAgent(mode);
        string id = Run("run", "-d", "busybox", "true").Succeeds().Trim();

        Run([.. command, id]).Succeeds();

        if (command[0] != "rm")
        {
            Assert.Equal("137", Run("wait", id).Succeeds().Trim());
            Run("rm", id).Succeeds();
        }

        _hull.AssertNothingLeft();
    }

    [Theory]
    [InlineData("SILENT")]
    [InlineData("DRIPS")]
    public void Guest_ThatNeverAnswers_EndsWhenItIsTold(string mode)
    {
        UseAgent(mode);
        using Process starter = Start("run", "-d", "--name", "box", "busybox", "true");
        AwaitConsole("the last word of the guest");

        Run("stop", "-t", "1", "box").Succeeds();

        string error = starter.StandardError.ReadToEnd();
        starter.WaitForExit();
        Assert.StartsWith("hull: The container 'box' was ended while it was starting; its guest's last lines were: ", error, StringComparison.Ordinal);
        Assert.Contains(@"the last word of the guest \x1b[2J", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
        Run("rm", "box").Succeeds();
        _hull.AssertNothingLeft();
    }

    // It says that it has done so and sends nothing: whoever copies need not wait for the minute of silence.
    [Fact]
    public void Copy_OutOfAGuestThatSendsNothing_EndsWithItsMachine()
    {
        UseAgent("LIES");
        Run("run", "-d", "--name", "box", "busybox", "true").Succeeds();
        using Process copy = Start("cp", "box:/etc", Path.Combine(_hull.HomeDirectory, "copied"));

        Run("stop", "-t", "1", "box").Succeeds();

        string error = copy.StandardError.ReadToEnd();
        copy.WaitForExit();
        Assert.NotEqual(0, copy.ExitCode);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
        Assert.False(Path.Exists(Path.Combine(_hull.HomeDirectory, "copied")));
        Run("rm", "box").Succeeds();
        _hull.AssertNothingLeft();
    }

    [Fact]
    public void Words_OfAGuest_DoNotSteerATerminal()
    {
        UseAgent("STEERS");

        HullResult result = Run("run", "--rm", "busybox", "true");

        Assert.NotEqual(0, result.ExitCode);
        Assert.Equal("hull: a\\x1b]0;b\\x07\\r\\nc\n", result.Error);
        _hull.AssertNothingLeft();
    }

    // Its console is in the machine's directory.
    private void AwaitConsole(string words)
    {
        var watch = Stopwatch.StartNew();
        string machines = Path.Combine(_hull.State, "machines");
        while (!HullHost.Entries(machines).Any(one => ConsoleOf(one).Contains(words, StringComparison.Ordinal)))
        {
            Assert.True(watch.Elapsed < TimeSpan.FromMinutes(2), "The guest said nothing.");
            Run("version").Succeeds();
        }
    }

    private static string ConsoleOf(string machine)
    {
        string path = Path.Combine(machine, "console.log");
        return File.Exists(path) ? File.ReadAllText(path) : "";
    }

    // Hull's programs with another agent beside them.
    private void UseAgent(string mode)
    {
        Assert.SkipUnless(File.Exists(Compiler), "Needs gcc and a static C library.");
        Directory.CreateDirectory(Programs);
        foreach (string program in s_programs)
        {
            File.Copy(Path.Combine(Path.GetDirectoryName(HullHost.Program)!, program), Path.Combine(Programs, program));
        }

        using Process process = Process.Start(
            Compiler,
            ["-static", "-O1", "-w", "-DMODE=" + mode, "-o", Path.Combine(Programs, "hull-guest"), Path.Combine(AppContext.BaseDirectory, "guest.c")]);
        process.WaitForExit();
        Assert.SkipUnless(process.ExitCode == 0, "Needs gcc and a static C library.");
    }

    private HullResult Run(params string[] arguments)
    {
        using Process process = Start(arguments);
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new HullResult(process.ExitCode, output, error.GetAwaiter().GetResult());
    }

    private Process Start(params string[] arguments)
    {
        ProcessStartInfo start = _hull.StartInfo(Path.Combine(Programs, "hull"));
        start.Environment["HULL_TASK"] = Path.Combine(Programs, "hull-task");
        string[] all = arguments[0] == "run" ? ["run", "--isolation", HullHost.Machine, .. arguments[1..]] : arguments;
        foreach (string argument in all)
        {
            start.ArgumentList.Add(argument);
        }

        Process process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }
}
