namespace Hull.Dev;

/// <summary><c>./dev fuzz TARGET</c>: hands everything to the fuzz program.</summary>
internal static class FuzzCommand
{
    internal static Task RunAsync(string[] arguments) =>
        Shell.RunAsync("dotnet", ["run", "--project", "fuzz/Hull.Fuzz", "-c", "Release", "-v", "quiet", "--", .. arguments]);
}
