namespace Hull.Dev;

/// <summary><c>./dev build</c>.</summary>
internal static class BuildCommand
{
    internal static async Task RunAsync(string[] arguments)
    {
        await Shell.RunAsync("dotnet", ["build", "hull.slnx", "-c", "Release", "-v", "quiet", "-clp:NoSummary", .. arguments]);
        Console.WriteLine("dev: Built.");
    }
}
