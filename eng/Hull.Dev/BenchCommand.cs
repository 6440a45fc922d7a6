namespace Hull.Dev;

/// <summary><c>./dev bench</c>: publishes, installs the peers, measures whole processes in one run.</summary>
internal static class BenchCommand
{
    internal static async Task RunAsync(string[] arguments)
    {
        if (arguments.Any(word => word is "--help" or "-h"))
        {
            // Nothing is installed or published for a question.
            await Shell.RunAsync("dotnet", ["run", "--project", "bench/Hull.Benchmarks.Peers", "-c", "Release", "-v", "quiet", "--", "--help"]);
            return;
        }

        await Packages.EnsureAsync("build", "run", "test", "bench");
        await Publish.RunAsync();
        await Shell.RunAsync(
            "dotnet", ["run", "--project", "bench/Hull.Benchmarks.Peers", "-c", "Release", "-v", "quiet", "--", House.Programs, .. arguments]);
    }
}
