using System.Diagnostics;

namespace Hull.Snapshot.Tests;

/// <summary>Runs the programs that serve as oracles.</summary>
internal static class Tool
{
    internal static bool Exists(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin").Split(':').Any(d => File.Exists(Path.Combine(d, name)));

    internal static void Require(params string[] names)
    {
        foreach (string name in names)
        {
            Assert.SkipUnless(Exists(name), $"'{name}' is not installed.");
        }
    }

    internal static void RequireRoot() =>
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "This needs root: it sets owners and makes devices.");

    internal static string Run(string directory, string program, params string[] arguments)
    {
        using Process process = Start(directory, program, arguments);
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {error.Result}{output}");
        return output;
    }

    internal static string Shell(string directory, string script) => Run(directory, "bash", "-euc", script);

    internal static Process Start(string directory, string program, params string[] arguments)
    {
        ProcessStartInfo info = new(program, arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        info.Environment["LC_ALL"] = "C.UTF-8";
        info.Environment["TZ"] = "UTC";
        return Process.Start(info)!;
    }
}
