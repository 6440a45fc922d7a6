namespace Hull.Dev;

/// <summary><c>./dev lint</c>: formatting and the rules of the house.</summary>
internal static class LintCommand
{
    internal static async Task RunAsync(string[] arguments)
    {
        await Shell.RunAsync("dotnet", ["format", "hull.slnx", "--verify-no-changes", "--severity", "warn", .. arguments]);
        await BuildCommand.RunAsync([]);
        await Shell.RunAsync(Path.Combine(House.Artifacts, "bin/Hull.Architecture.Tests/release/Hull.Architecture.Tests"));
        Console.WriteLine("dev: Clean.");
    }
}
