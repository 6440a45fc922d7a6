using System.Diagnostics;

namespace Hull.Cli.Tests;

/// <summary>A directory with a completion script and a program in hull's place that only lists names.</summary>
internal sealed class ShellHome : IDisposable
{
    private const int TimeoutMs = 120_000;

    private readonly string _directory = Directory.CreateTempSubdirectory("hull-shell-").FullName;

    internal ShellHome(string script)
    {
        File.WriteAllText(Script, script);
        string program = Path.Combine(Directory.CreateDirectory(PathOf("bin")).FullName, "hull");
        File.WriteAllText(program, """
            #!/bin/sh
            case "$*" in
              "ps -a"*) printf 'web\nworker\ndb\n' ;;
              "image ls"*) printf 'busybox:latest\nbusybox:1\ndebian:bookworm\n' ;;
              "volume ls"*) echo data ;;
              "vm ls"*) echo box ;;
            esac

            """);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>The script, by the name that zsh looks for.</summary>
    internal string Script => PathOf("_hull");

    internal string PathOf(string name) => Path.Combine(_directory, name);

    /// <summary>
    /// Writes a zsh script that types a line and a tab into a zsh on a terminal, twice: with the script sourced, and with the
    /// script in the search path. What that shell would insert goes to the files 'sourced' and 'found'.
    /// </summary>
    internal string WriteZshDriver()
    {
        string driver = PathOf("driver.zsh");
        File.WriteAllText(driver, $$"""
            zmodload zsh/zpty zsh/zselect
            ask() {
              zpty shell zsh -f -i
              zpty -w shell "PROMPT= OUT={{_directory}}/$1; autoload -Uz compinit; $2"
              zpty -w shell 'compadd() { local -a hits; builtin compadd -A hits "$@"; print -rl -- $hits >> $OUT; builtin compadd "$@" }'
              zpty -w shell 'finish() { print end >> $OUT }; comppostfuncs=(finish); bindkey "^I" complete-word; print re""ady'
              zpty -r shell seen '*ready*'
              zpty -w -n shell "$3"$'\t'
              until grep -qs '^end$' {{_directory}}/$1; do zpty -r -t shell seen; zselect -t 2; done
              zpty -d shell
            }
            ask sourced 'compinit -u -D; source {{Script}}' "$1"
            ask found 'fpath=({{_directory}} $fpath); compinit -u -D' "$1"

            """);
        return driver;
    }

    internal string Run(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { RedirectStandardOutput = true, RedirectStandardInput = true };
        start.Environment["PATH"] = $"{PathOf("bin")}:/usr/bin:/bin";
        start.Environment["HOME"] = _directory;
        start.Environment["TERM"] = "xterm";
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(TimeoutMs))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{program} did not end.");
        }

        return output.GetAwaiter().GetResult();
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}
