using System.Xml.Linq;

namespace Hull.Architecture.Tests;

public sealed class ReferenceTests
{
    public static TheoryData<string> Projects => [.. House.SourceProjects];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Project_ReferencesOnlyWhatIsListed(string path)
    {
        Dictionary<string, string[]> allowed = ReadTable();
        string name = Path.GetFileNameWithoutExtension(path);

        string[] extra = [.. References(path).Except(allowed.GetValueOrDefault(name, []))];

        Assert.True(allowed.ContainsKey(name), $"{name} is missing from eng/references.txt.");
        Assert.True(extra.Length == 0, $"{name} must not reference {string.Join(", ", extra)}.");
    }

    [Fact]
    public void Table_HasNoCircles()
    {
        Dictionary<string, string[]> allowed = ReadTable();

        foreach (string name in allowed.Keys)
        {
            Assert.False(Reaches(allowed, name, name, []), $"{name} reaches itself.");
        }
    }

    private static bool Reaches(Dictionary<string, string[]> table, string from, string to, HashSet<string> seen) =>
        table.GetValueOrDefault(from, []).Any(next => next == to || (seen.Add(next) && Reaches(table, next, to, seen)));

    private static Dictionary<string, string[]> ReadTable() =>
        File.ReadLines(Path.Combine(House.Root, "eng/references.txt"))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split(':', 2))
            .ToDictionary(
                parts => parts[0],
                parts => parts[1].Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static IEnumerable<string> References(string project) =>
        XDocument.Load(Path.Combine(House.Root, project)).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")?.Value ?? ""));
}
