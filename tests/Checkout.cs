namespace Hull;

/// <summary>The checkout that the tests run in, and the programs they test. Compiled into every test project.</summary>
internal static class Checkout
{
    /// <summary>The folder of the solution.</summary>
    internal static string Root { get; } = Find();

    /// <summary>A path below the checkout.</summary>
    internal static string At(string path) => Path.Combine(Root, path);

    /// <summary>A program of Hull's: the published one where there is one ($HULL_BIN), or what this build left beside the tests.</summary>
    internal static string Program(string name)
    {
        string configuration = Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        return Environment.GetEnvironmentVariable("HULL_BIN") is { } published
            ? Path.Combine(published, name)
            : At($"artifacts/bin/{name}/{configuration}/{name}");
    }

    private static string Find()
    {
        string? directory = AppContext.BaseDirectory;
        while (directory is not null && !File.Exists(Path.Combine(directory, "hull.slnx")))
        {
            directory = Path.GetDirectoryName(directory);
        }

        return directory ?? throw new InvalidOperationException("These tests run inside a checkout.");
    }
}
