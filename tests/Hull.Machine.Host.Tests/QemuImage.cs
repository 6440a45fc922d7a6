using System.Diagnostics;

namespace Hull.Machine.Host.Tests;

/// <summary>qemu-img, the oracle.</summary>
internal static class QemuImage
{
    private const string Program = "/usr/bin/qemu-img";

    internal static void Require() => Assert.SkipUnless(File.Exists(Program), "Needs qemu-img (package qemu-utils).");

    /// <summary>Runs it and asserts success.</summary>
    internal static string Run(params string[] arguments)
    {
        (int code, string output) = TryRun(arguments);
        Assert.True(code == 0, $"qemu-img {string.Join(' ', arguments)}: {output}");
        return output;
    }

    /// <summary>No corruption; leaks only when allowed. Source: qemu-img(1), check: 2 is corruption, 3 leaks.</summary>
    internal static void Check(string path, bool mayLeak = false)
    {
        (int code, string output) = TryRun("check", "-f", "qcow2", path);
        Assert.True(code == 0 || (mayLeak && code == 3), $"qemu-img check says {code}: {output}");
    }

    private static (int Code, string Output) TryRun(params string[] arguments)
    {
        ProcessStartInfo start = new(Program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.GetAwaiter().GetResult());
    }
}
