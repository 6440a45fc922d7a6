using System.Globalization;

namespace Hull.Benchmarks.Peers;

/// <summary>What stays resident for one detached container, alone and beside twenty others.</summary>
internal sealed class SupervisorCase : ICase
{
    private const int Alone = 30;
    private const int Together = 21;
    private const int TogetherRounds = 2;

    // The supervisor gives back what it does not need 400 ms after the start.
    private static readonly TimeSpan s_rest = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public string Name => "supervisor";

    /// <inheritdoc/>
    public string Question => "memory of the supervisor of one detached container, a second after its start";

    /// <inheritdoc/>
    public void Run(Context context)
    {
        Engines engines = new(context);
        Print("alone", Measure(engines, Alone, together: 1));
        Print("with 20 others", Measure(engines, TogetherRounds, Together));
    }

    private static List<Memory> Measure(Engines engines, int rounds, int together)
    {
        List<Memory> found = [];
        for (int round = 0; round < rounds; round++)
        {
            string[] ids = [.. Enumerable.Range(0, together).Select(_ => Start(engines))];
            using (ManualResetEventSlim never = new())
            {
                never.Wait(s_rest);
            }

            found.AddRange(Directory.EnumerateDirectories("/proc")
                .Where(process => ids.Any(id => IsSupervisorOf(process, id))).Select(Read));
            string[] remove = engines.Command("hull", ["rm", "-f", .. ids]);
            Context.Succeed(remove[0], remove[1..]);
        }

        return found;
    }

    private static string Start(Engines engines)
    {
        string[] sleep = engines.Command("hull", "run", "-d", "--network", "none", Engines.Image, "/bin/sleep", "60");
        return Context.Succeed(sleep[0], sleep[1..]);
    }

    private static void Print(string name, List<Memory> all) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"hull-task {name,-14} private {Median(all, one => one.Private):#,0} KiB, of it written to {Median(all, one => one.Dirty):#,0} KiB, resident {Median(all, one => one.Resident):#,0} KiB   n = {all.Count}"));

    private static long Median(List<Memory> all, Func<Memory, long> value) => all.Select(value).Order().ElementAt(all.Count / 2);

    private static Memory Read(string process)
    {
        string[] lines = File.ReadAllLines(Path.Combine(process, "smaps_rollup"));
        long dirty = Sum(lines, "Private_Dirty:");
        return new Memory(Sum(lines, "Private_Clean:") + dirty, dirty, Sum(lines, "Rss:"));
    }

    private static bool IsSupervisorOf(string directory, string id)
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
    }

    private static long Sum(string[] lines, string key) => lines
        .Where(line => line.StartsWith(key, StringComparison.Ordinal))
        .Sum(line => long.Parse(line[key.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture));

    /// <summary>All in KiB; Source: proc_pid_smaps(5).</summary>
    private readonly record struct Memory(long Private, long Dirty, long Resident);
}
