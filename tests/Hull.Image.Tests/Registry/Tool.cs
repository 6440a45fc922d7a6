using System.Diagnostics;

namespace Hull.Image.Tests;

/// <summary>Runs another program to its end.</summary>
internal static class Tool
{
    internal static bool HasSkopeo => File.Exists("/usr/bin/skopeo");

    internal static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {await error}");
        return output;
    }
}
