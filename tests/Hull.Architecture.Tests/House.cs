namespace Hull.Architecture.Tests;

/// <summary>The checkout these tests were built from.</summary>
internal static class House
{
    internal static string Root { get; } = Checkout.Root;

    internal static IReadOnlyList<string> SourceProjects { get; } = Files("src", "*.csproj");

    internal static IReadOnlyList<string> SourceFiles { get; } = Files("src", "*.cs");

    /// <summary>All code: of tests, fuzz programs, benchmarks and tools, too.</summary>
    internal static IReadOnlyList<string> CodeFiles { get; } = [.. ((string[])["src", "tests", "fuzz", "bench", "eng"]).SelectMany(room => Files(room, "*.cs"))];

    private static string[] Files(string room, string pattern) =>
        [.. Directory.EnumerateFiles(Path.Combine(Root, room), pattern, SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal))
            .Select(file => Path.GetRelativePath(Root, file))
            .Order(StringComparer.Ordinal)];
}
