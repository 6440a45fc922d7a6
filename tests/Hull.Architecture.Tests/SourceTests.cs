using System.Text.RegularExpressions;

namespace Hull.Architecture.Tests;

/// <summary>Rules of docs and conventions that a compiler does not hold.</summary>
public sealed partial class SourceTests
{
    private const int MaxLines = 800;

    private static readonly string[] s_pointerRooms = ["Hull.Linux", "Hull.Machine.Memory", "Hull.Cpu.Translator", "Hull.Cpu.Interpreter"];

    [Fact]
    public void File_IsAtMostEightHundredLines()
    {
        string[] long_ = [.. House.SourceFiles.Where(file =>
            !file.EndsWith(".g.cs", StringComparison.Ordinal) && Lines(file) > MaxLines)];

        Assert.Empty(long_);
    }

    [Fact]
    public void LibraryImport_StandsOnlyInHullLinux()
    {
        string[] strays = [.. House.SourceFiles.Where(file =>
            !InRoom(file, "Hull.Linux") && (Read(file).Contains("[LibraryImport", StringComparison.Ordinal)
            || Read(file).Contains("[DllImport", StringComparison.Ordinal)))];

        Assert.Empty(strays);
    }

    [Fact]
    public void AllowUnsafeBlocks_IsSetOnlyWherePointersLive()
    {
        string[] strays = [.. House.SourceProjects.Where(project =>
            !s_pointerRooms.Any(room => InRoom(project, room))
            && Read(project).Contains("AllowUnsafeBlocks", StringComparison.Ordinal))];

        Assert.Empty(strays);
    }

    [Fact]
    public void UnsafeCode_SaysWhyItIsSafe()
    {
        string[] silent = [.. House.SourceFiles.Where(file =>
            UnsafeKeyword().IsMatch(Read(file)) && !Read(file).Contains("// SAFETY:", StringComparison.Ordinal))];

        Assert.Empty(silent);
    }

    // './dev lint' says so, too, but takes minutes and is no part of the tests.
    [Fact]
    public void Imports_StandInOrder()
    {
        string[] strays = [.. House.CodeFiles.Where(file =>
        {
            string[] names = [.. Import().Matches(Read(file)).Select(match => match.Groups[1].Value)];
            return !names.SequenceEqual(names.OrderBy(name => name == "System" || name.StartsWith("System.", StringComparison.Ordinal) ? 0 : 1)
                .ThenBy(name => name, StringComparer.OrdinalIgnoreCase));
        })];

        Assert.Empty(strays);
    }

    [Fact]
    public void File_HasNoRegionsAndNoOpenEnds()
    {
        string[] strays = [.. House.CodeFiles.Where(file => OpenEnd().IsMatch(Read(file)))];

        Assert.Empty(strays);
    }

    [Fact]
    public void BenchmarkVariable_IsInTheHelp()
    {
        string bench = Path.Combine(House.Root, "bench", "Hull.Benchmarks.Peers");
        string help = File.ReadAllText(Path.Combine(bench, "Help.cs"));
        string[] unsaid = [.. Directory.EnumerateFiles(bench, "*.cs").SelectMany(file => BenchmarkVariable().Matches(File.ReadAllText(file)))
            .Select(match => match.Value).Distinct().Where(name => name != "\"HULL_BENCH_INNER\"" && !help.Contains(name, StringComparison.Ordinal))];

        Assert.Empty(unsaid);
    }

    private static bool InRoom(string file, string room) => file.Contains($"/{room}/", StringComparison.Ordinal);

    private static int Lines(string file) => File.ReadLines(Path.Combine(House.Root, file)).Count();

    private static string Read(string file) => File.ReadAllText(Path.Combine(House.Root, file));

    [GeneratedRegex(@"^\s*(?!//).*\bunsafe\b(?! code| lives)", RegexOptions.Multiline)]
    private static partial Regex UnsafeKeyword();

    [GeneratedRegex(@"^using ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex Import();

    [GeneratedRegex("\"(HULL_BENCH|HULL_TEST)_[A-Z]+\"")]
    private static partial Regex BenchmarkVariable();

    // In pieces, because this file is looked through as well.
    [GeneratedRegex("#reg" + "ion|NotImplemented" + @"Exception|\b(TO" + "DO|FIX" + "ME|HA" + @"CK)\b")]
    private static partial Regex OpenEnd();
}
