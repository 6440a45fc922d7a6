using System.Diagnostics;
using System.Globalization;

namespace Hull.System.Tests.Crash;

/// <summary>What a mark or a directory still has in the kernel: processes, mounts, control groups.</summary>
internal static class Leaks
{
    private const string CgroupRoot = "/sys/fs/cgroup";

    /// <summary>Processes that have the text in their command line or environment; this one is left out.</summary>
    internal static IReadOnlyList<string> Processes(string text)
    {
        List<string> found = [];
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), out int pid) && pid != Environment.ProcessId
                && (Read(directory, "cmdline") is var command && (command + Read(directory, "environ")).Contains(text, StringComparison.Ordinal)))
            {
                found.Add($"{pid} {command.Replace('\0', ' ')}");
            }
        }

        return found;
    }

    /// <summary>Waits for the processes to go: a killed one is the kernel's for a moment.</summary>
    internal static IReadOnlyList<string> ProcessesAfterAWhile(string text)
    {
        const int PatienceMs = 10_000;
        var watch = Stopwatch.StartNew();
        IReadOnlyList<string> left;
        while ((left = Processes(text)).Count > 0 && watch.ElapsedMilliseconds < PatienceMs)
        {
        }

        return left;
    }

    /// <summary>
    /// The namespaces of processes that have the text in their environment, as <c>net:[4026531840]</c>; those of this
    /// process, which they share, left out.
    /// </summary>
    internal static IReadOnlySet<string> NamespacesOf(string text)
    {
        HashSet<string> found = [];
        foreach (string directory in ProcessDirectories().Where(directory => Read(directory, "environ").Contains(text, StringComparison.Ordinal)))
        {
            found.UnionWith(Links(Path.Combine(directory, "ns")));
        }

        found.ExceptWith(Links("/proc/self/ns"));
        return found;
    }

    /// <summary>Now, as the kernel counts the starts of processes: hundredths of a second since boot.</summary>
    internal static long Now => (long)(double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0], CultureInfo.InvariantCulture) * 100);

    /// <summary>Who keeps one of the namespaces alive: a process in it or with a descriptor of it, or a mount below a directory.</summary>
    /// <param name="namespaces">Each with the moment it was last seen: the kernel gives its number again, to containers of later processes.</param>
    /// <param name="home">Where the mounts would be.</param>
    internal static IReadOnlyList<string> HoldersOf(IReadOnlyDictionary<string, long> namespaces, string home)
    {
        List<string> holders = [];
        foreach (string directory in ProcessDirectories())
        {
            long started = StartOf(directory);
            holders.AddRange(Links(Path.Combine(directory, "ns")).Concat(Links(Path.Combine(directory, "fd")))
                .Where(name => namespaces.TryGetValue(name, out long seen) && started <= seen)
                .Select(name => $"{directory}: {name}"));
            holders.AddRange(Read(directory, "mountinfo").Split('\n')
                .Where(line => line.Contains(" - nsfs ", StringComparison.Ordinal) && line.Contains(home, StringComparison.Ordinal))
                .Select(line => $"{directory}: mount {line}"));
        }

        return holders;
    }

    /// <summary>Mounts of any process's namespace that have the text.</summary>
    internal static IReadOnlyList<string> Mounts(string text) =>
        [.. ProcessDirectories().Where(directory => Read(directory, "mountinfo").Contains(text, StringComparison.Ordinal))];

    /// <summary>Control groups in directories of that name, in every hierarchy.</summary>
    internal static IReadOnlyList<string> Cgroups(string parent) => [.. Parents(parent).SelectMany(Directory.EnumerateDirectories)];

    /// <summary>Removes the empty directories of that name.</summary>
    internal static void RemoveCgroupParents(string parent)
    {
        foreach (string directory in Parents(parent))
        {
            Directory.Delete(directory);
        }
    }

    private static IEnumerable<string> Parents(string parent) =>
        new[] { CgroupRoot }.Concat(Directory.EnumerateDirectories(CgroupRoot))
            .Select(hierarchy => Path.Combine(hierarchy, parent)).Where(Directory.Exists).ToArray();

    private static IEnumerable<string> ProcessDirectories() =>
        Directory.EnumerateDirectories("/proc").Where(directory => char.IsAsciiDigit(Path.GetFileName(directory)[0]));

    // Source: proc_pid_stat(5), field 22; the second, the program's name, may itself have blanks and brackets.
    private static long StartOf(string directory) =>
        Read(directory, "stat") is { Length: > 0 } stat
            ? long.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[19], CultureInfo.InvariantCulture)
            : long.MaxValue;

    private static IReadOnlyList<string> Links(string directory)
    {
        try
        {
            return [.. new DirectoryInfo(directory).EnumerateFileSystemInfos().Select(entry => entry.LinkTarget).OfType<string>()];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return []; // It ended meanwhile.
        }
    }

    private static string Read(string directory, string name)
    {
        try
        {
            return File.ReadAllText(Path.Combine(directory, name));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return ""; // It ended meanwhile.
        }
    }
}
