using System.Globalization;

namespace Hull.Benchmarks.Peers;

/// <summary>What stays resident for one detached container.</summary>
internal sealed class SupervisorCase : ICase
{
    /// <inheritdoc/>
    public string Name => "supervisor";

    /// <inheritdoc/>
    public string Question => "memory of the supervisor of one detached container";

    /// <inheritdoc/>
    public void Run(Context context)
    {
        Engines engines = new(context);
        string[] sleep = engines.Command("hull", "run", "-d", "--network", "none", Engines.Image, "/bin/sleep", "60");
        string id = Context.Succeed(sleep[0], sleep[1..]);
        foreach (string process in Directory.EnumerateDirectories("/proc").Where(IsSupervisorOf(id)))
        {
            string[] lines = File.ReadAllLines(Path.Combine(process, "smaps_rollup"));
            long privateKib = Sum(lines, "Private_Clean:") + Sum(lines, "Private_Dirty:");
            Console.WriteLine($"hull-task              private {privateKib:#,0} KiB, resident {Sum(lines, "Rss:"):#,0} KiB");
        }

        string[] remove = engines.Command("hull", "rm", "-f", id);
        Context.Succeed(remove[0], remove[1..]);
    }

    private static Func<string, bool> IsSupervisorOf(string id) => directory =>
    {
        try
        {
            string command = File.ReadAllText(Path.Combine(directory, "cmdline"));
            return command.Contains("hull-task", StringComparison.Ordinal) && command.Contains(id, StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    };

    private static long Sum(string[] lines, string key) => lines
        .Where(line => line.StartsWith(key, StringComparison.Ordinal))
        .Sum(line => long.Parse(line[key.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture));
}
