using System.Diagnostics;

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

    /// <summary>Mounts of any process's namespace that have the text.</summary>
    internal static IReadOnlyList<string> Mounts(string text) =>
        [.. Directory.EnumerateDirectories("/proc").Where(directory => char.IsAsciiDigit(Path.GetFileName(directory)[0]))
            .Where(directory => Read(directory, "mountinfo").Contains(text, StringComparison.Ordinal))];

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
