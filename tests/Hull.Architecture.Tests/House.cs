namespace Hull.Architecture.Tests;

/// <summary>The checkout these tests were built from.</summary>
internal static class House
{
    internal static string Root { get; } = FindRoot();

    internal static IReadOnlyList<string> SourceProjects { get; } = Files("src", "*.csproj");

    internal static IReadOnlyList<string> SourceFiles { get; } = Files("src", "*.cs");

    private static string[] Files(string room, string pattern) =>
        [.. Directory.EnumerateFiles(Path.Combine(Root, room), pattern, SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal))
            .Select(file => Path.GetRelativePath(Root, file))
            .Order(StringComparer.Ordinal)];

    private static string FindRoot()
    {
        string? directory = AppContext.BaseDirectory;
        while (directory is not null && !File.Exists(Path.Combine(directory, "hull.slnx")))
        {
            directory = Path.GetDirectoryName(directory);
        }

        return directory ?? throw new InvalidOperationException("These tests run inside a checkout.");
    }
}
