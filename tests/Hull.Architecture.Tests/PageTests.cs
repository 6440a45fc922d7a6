using System.Text.RegularExpressions;

namespace Hull.Architecture.Tests;

/// <summary>Holds the documentation together: no page that nobody finds, no link that leads nowhere.</summary>
public sealed partial class PageTests
{
    [Fact]
    public void Page_StandsInTheIndex()
    {
        string docs = Path.Combine(House.Root, "docs");
        string index = File.ReadAllText(Path.Combine(docs, "README.md"));
        string[] lost = [.. Directory.EnumerateFiles(docs, "*.md", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(docs, file))
            .Where(file => file != "README.md" && !index.Contains($"]({file})", StringComparison.Ordinal))];

        Assert.Empty(lost);
    }

    [Fact]
    public void Link_LeadsToAFile()
    {
        string[] broken = [.. Directory.EnumerateFiles(House.Root, "*.md")
            .Concat(Directory.EnumerateFiles(Path.Combine(House.Root, "docs"), "*.md", SearchOption.AllDirectories))
            .SelectMany(page => Link().Matches(File.ReadAllText(page)).Select(match => (Page: page, Target: match.Groups[1].Value)))
            .Where(link => !link.Target.Contains("://", StringComparison.Ordinal) && !Path.Exists(Path.Combine(Path.GetDirectoryName(link.Page)!, link.Target)))
            .Select(link => $"{Path.GetRelativePath(House.Root, link.Page)} -> {link.Target}")];

        Assert.Empty(broken);
    }

    [GeneratedRegex(@"\]\(([^)#\s]+)[^)]*\)")]
    private static partial Regex Link();
}
