namespace Hull.Dev;

/// <summary>Where things are in this checkout.</summary>
internal static class House
{
    /// <summary>The checkout; <c>./dev</c> starts there.</summary>
    internal static string Root { get; } = FindRoot();

    /// <summary>Everything that is built.</summary>
    internal static string Artifacts { get; } = Path.Combine(Root, "artifacts");

    /// <summary>The published native programs, side by side.</summary>
    internal static string Programs { get; } = Path.Combine(Artifacts, "hull");

    private static string FindRoot()
    {
        string? directory = Environment.CurrentDirectory;
        while (directory is not null && !File.Exists(Path.Combine(directory, "hull.slnx")))
        {
            directory = Path.GetDirectoryName(directory);
        }

        return directory ?? throw new DevException("There is no hull.slnx above the current directory.");
    }
}
