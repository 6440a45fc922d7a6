using System.Globalization;

namespace Hull.Cli.Commands;

/// <summary>A process as the host sees it. Source: proc(5).</summary>
/// <param name="User">Its user id.</param>
/// <param name="ParentPid">Its parent.</param>
/// <param name="Time">Processor time it used.</param>
/// <param name="Command">Its command line.</param>
internal sealed record HostProcess(string User, int ParentPid, string Time, string Command)
{
    private const int TicksPerSecond = 100;

    /// <summary>Reads a process; null when it is gone.</summary>
    internal static HostProcess? TryRead(int pid)
    {
        try
        {
            string directory = string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}");
            string stat = File.ReadAllText($"{directory}/stat");
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            string command = File.ReadAllText($"{directory}/cmdline").Replace('\0', ' ').Trim();
            string user = File.ReadLines($"{directory}/status").First(line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[1];
            long ticks = long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
            string name = stat[(stat.IndexOf('(', StringComparison.Ordinal) + 1)..stat.LastIndexOf(')')];
            return new HostProcess(
                user, int.Parse(fields[1], CultureInfo.InvariantCulture), TimeSpan.FromSeconds(ticks / TicksPerSecond).ToString("c", CultureInfo.InvariantCulture),
                command.Length > 0 ? command : $"[{name}]");
        }
        catch (IOException)
        {
            return null;
        }
    }
}
