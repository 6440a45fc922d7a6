namespace Hull.Cli;

/// <summary>Says what a prune took, as Docker does: a list with a title for each kind, then one sum.</summary>
internal static class PruneReport
{
    /// <summary>Lists what went of one kind; nothing when nothing did.</summary>
    internal static void List(TextWriter output, string kind, IReadOnlyCollection<string> removed)
    {
        if (removed.Count == 0)
        {
            return;
        }

        output.WriteLine($"Deleted {kind}:");
        foreach (string one in removed)
        {
            output.WriteLine(one);
        }

        output.WriteLine();
    }

    /// <summary>Lists the images that went; their names first.</summary>
    internal static void List(TextWriter output, Image.ImageRemoval removal) => List(output, "Images",
        [.. removal.Untagged.Select(name => $"untagged: {name}"), .. removal.Deleted.Select(id => $"deleted: {id}")]);

    internal static void Sum(TextWriter output, long bytes) =>
        output.WriteLine($"Total reclaimed space: {new ByteSize(bytes).ToDecimalString()}");
}
