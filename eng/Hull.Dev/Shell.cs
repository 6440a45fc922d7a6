using System.Diagnostics;

namespace Hull.Dev;

/// <summary>Runs the programs a development step is made of.</summary>
internal static class Shell
{
    /// <summary>Runs a program with this terminal; throws when it fails.</summary>
    internal static async Task RunAsync(string program, params IEnumerable<string> arguments)
    {
        int status = await TryRunAsync(program, arguments);
        if (status != 0)
        {
            throw new DevException($"'{program} {string.Join(' ', arguments)}' ended with status {status}.");
        }
    }

    /// <summary>Runs a program with this terminal and gives its exit status.</summary>
    internal static async Task<int> TryRunAsync(string program, IEnumerable<string> arguments)
    {
        using Process process = Start(program, arguments, capture: false);
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    /// <summary>Runs a program and gives its exit status and everything it wrote.</summary>
    internal static async Task<(int Status, string Output)> CaptureAsync(string program, params IEnumerable<string> arguments)
    {
        using Process process = Start(program, arguments, capture: true);
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await error);
    }

    private static Process Start(string program, IEnumerable<string> arguments, bool capture)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            WorkingDirectory = House.Root,
            RedirectStandardOutput = capture,
            RedirectStandardError = capture,
        };

        // dotnet run hands its own MSBuild and output settings down; a nested dotnet must find a clean table.
        start.Environment.Remove("MSBUILD_EXE_PATH");
        start.Environment.Remove("MSBuildExtensionsPath");
        start.Environment.Remove("MSBuildSDKsPath");
        return Process.Start(start) ?? throw new DevException($"'{program}' could not be started.");
    }
}
