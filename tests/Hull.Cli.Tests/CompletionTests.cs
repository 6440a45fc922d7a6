using System.Diagnostics;
using Hull.Cli.Commands.Completion;
using Hull.Engine;

namespace Hull.Cli.Tests;

/// <summary>The completion scripts, run by the shells themselves where they are installed.</summary>
public sealed class CompletionTests
{
    // Stands for the program: lists of names without an engine.
    private const string Fake = """
        hull() {
          case "$*" in
            "ps -a"*) echo web; echo worker; echo db ;;
            "image ls"*) echo busybox:latest; echo busybox:1; echo debian:bookworm ;;
            "volume ls"*) echo data ;;
            "vm ls"*) echo box ;;
          esac
        }
        """;

    [Theory]
    [InlineData("re", "restart rename remove", "hull", "re")]
    [InlineData("image h", "history", "hull", "image", "h")]
    [InlineData("run --rest", "--restart", "hull", "run", "--rest")]
    [InlineData("run --restart ", "no on-failure always unless-stopped", "hull", "run", "--restart", "")]
    [InlineData("run --restart=un", "unless-stopped", "hull", "run", "--restart", "un")]
    [InlineData("stop w", "web worker", "hull", "stop", "w")]
    [InlineData("container stop d", "db", "hull", "container", "stop", "d")]
    [InlineData("run deb", "debian:bookworm", "hull", "run", "deb")]
    [InlineData("run busybox:la", "latest", "hull", "run", "busybox", ":", "la")]
    [InlineData("run busybox:", "latest 1", "hull", "run", "busybox", ":")]
    [InlineData("rmi debian", "debian:bookworm", "hull", "rmi", "debian")]
    [InlineData("volume rm ", "data", "hull", "volume", "rm", "")]
    [InlineData("--root /x st", "start stop stats", "hull", "--root", "/x", "st")]
    [InlineData("stop --signal H", "HUP", "hull", "stop", "--signal", "H")]
    [InlineData("cp -", "--archive --follow-link --quiet --help", "hull", "cp", "-")]
    [InlineData("exec --gp", "", "hull", "exec", "--gp")]
    [InlineData("vm start ", "box", "hull", "vm", "start", "")]
    [InlineData("completion ", "bash zsh fish", "hull", "completion", "")]
    [InlineData("help volu", "volume", "hull", "help", "volu")]
    public async Task Bash_Completes(string line, string expected, params string[] words)
    {
        Assert.SkipUnless(File.Exists("/bin/bash"), "This machine has no bash.");
        Assert.NotEmpty(line);
        string script = $"{Fake}\n{await ScriptAsync("bash")}\nCOMP_WORDS=({string.Join(' ', words.Select(word => $"'{word}'"))})\n"
            + $"COMP_CWORD={words.Length - 1}\n_hull_complete hull\necho \"${{COMPREPLY[@]}}\"";

        Assert.Equal(expected, Run("/bin/bash", script));
    }

    public static IEnumerable<TheoryDataRow<string, string>> Lines => new (string, string)[]
    {
        ("hull ru", "run"), ("hull re", "remove rename restart"), ("hull run --isol", "--isolation"), ("hull run --restart ", "always no on-failure unless-stopped"),
        ("hull stop w", "web worker"), ("hull container stop d", "db"), ("hull run deb", "debian:bookworm"), ("hull rmi deb", "debian:bookworm"),
        ("hull run busybox:", "busybox:1 busybox:latest"), ("hull image h", "history"), ("hull volume rm ", "data"), ("hull volume rm --f", "--force"),
        ("hull --root /x st", "start stats stop"), ("hull exec --gp", ""),
        ("hull vm start ", "box"), ("hull completion ", "bash fish zsh"), ("hull help volu", "volume"),
    }.Select(row => new TheoryDataRow<string, string>(row.Item1, row.Item2));

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task Fish_Completes(string line, string expected)
    {
        const string Fish = "/usr/bin/fish";
        Assert.SkipUnless(File.Exists(Fish), "This machine has no fish.");
        using ShellHome home = new(await ScriptAsync("fish"));

        string[] words = home.Run(Fish, "--no-config", "-c", $"source {home.Script}; complete -C '{line}'").Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(expected, string.Join(' ', words.Select(word => word.Split('\t')[0]).Order(StringComparer.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task Zsh_Completes(string line, string expected)
    {
        const string Zsh = "/usr/bin/zsh";
        Assert.SkipUnless(File.Exists(Zsh), "This machine has no zsh.");
        using ShellHome home = new(await ScriptAsync("zsh"));

        home.Run(Zsh, "-f", home.WriteZshDriver(), line);

        // Not the first time either, when zsh finds the script in its search path.
        foreach (string output in (string[])["sourced", "found"])
        {
            string[] words = [.. File.ReadAllLines(home.PathOf(output)).Where(word => word.Length > 0 && word != "end")];
            Assert.Equal(expected, string.Join(' ', words.Distinct().Order(StringComparer.Ordinal)));
        }
    }

    [Theory]
    [InlineData("bash", "/bin/bash", "-n")]
    [InlineData("zsh", "/usr/bin/zsh", "-n")]
    [InlineData("fish", "/usr/bin/fish", "--no-execute")]
    public async Task Script_IsReadByItsShell(string shell, string program, string option)
    {
        string script = await ScriptAsync(shell);
        Assert.Contains("hull", script, StringComparison.Ordinal);
        Assert.SkipUnless(File.Exists(program), $"This machine has no {shell}.");
        string file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, script, TestContext.Current.CancellationToken);

        using (Process process = Process.Start(program, [option, file]))
        {
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, process.ExitCode);
        }

        File.Delete(file);
    }

    [Fact]
    public async Task Fish_HasEveryCommandAndOption()
    {
        string script = await ScriptAsync("fish");

        Assert.All(CommandTable.All, entry => Assert.Contains($" -a {entry.Name.Split(' ')[^1]} -d ", script, StringComparison.Ordinal));
        Assert.All(CommandTable.Aliases, alias => Assert.Contains($" -a {alias} -d ", script, StringComparison.Ordinal));
        Assert.Contains("-l restart -x -a 'no on-failure always unless-stopped'", script, StringComparison.Ordinal);
        Assert.DoesNotContain("-l gpus", script, StringComparison.Ordinal);
    }

    private static async Task<string> ScriptAsync(string shell)
    {
        Command command = CompletionCommand.Create();
        StringWriter output = new();
        using CommandContext context = new(
            command, [shell], new EnginePaths("/nowhere", "/nowhere"), () => throw new InvalidOperationException("No engine."), output, TextWriter.Null,
            TestContext.Current.CancellationToken);
        Assert.Equal(0, await command.Run(context));
        return output.ToString();
    }

    private static string Run(string program, string script)
    {
        using Process process = Process.Start(new ProcessStartInfo(program) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        process.StandardInput.Write(script);
        process.StandardInput.Close();
        return process.StandardOutput.ReadToEnd().Trim();
    }
}
