using System.Globalization;
using System.Text;
using Hull.Runtime;

namespace Hull.Guest;

/// <summary>Reads what the kernel shows of processes. Source: proc(5), /proc/PID/stat, status, cmdline.</summary>
internal static class ProcessList
{
    // An answer is at most 64 KiB.
    private const int MostProcesses = 64;
    private const int MaxCommandBytes = 256;
    private const long TickMs = 10;

    /// <summary>The processes with the lowest numbers above one.</summary>
    internal static IReadOnlyList<TaskProcess> Read(IEnumerable<int> processes, int above)
    {
        List<TaskProcess> read = [];
        foreach (int pid in processes.Where(pid => pid > above).Order())
        {
            if (read.Count == MostProcesses)
            {
                break;
            }

            if (TryRead(pid) is { } process)
            {
                read.Add(process);
            }
        }

        return read;
    }

    private static TaskProcess? TryRead(int pid)
    {
        string directory = string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/");
        try
        {
            // The name is in parentheses and may hold anything, also these.
            string stat = File.ReadAllText(directory + "stat");
            int end = stat.LastIndexOf(')');
            string[] fields = stat[(end + 2)..].Split(' ');
            string name = stat[(stat.IndexOf('(', StringComparison.Ordinal) + 1)..end];
            return new TaskProcess
            {
                ProcessId = pid,
                ParentId = (int)Number(fields[1]),
                UserId = UserOf(directory),
                Terminal = TerminalOf(Number(fields[4])),
                ProcessorMs = (Number(fields[11]) + Number(fields[12])) * TickMs,
                AgeMs = Math.Max(0, UptimeMs() - (Number(fields[19]) * TickMs)),
                Command = CommandOf(directory, name),
            };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It ended while it was looked at.
            return null;
        }
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private static uint UserOf(string directory)
    {
        const string Key = "Uid:";
        string line = File.ReadLines(directory + "status").First(line => line.StartsWith(Key, StringComparison.Ordinal));
        return uint.Parse(line[Key.Length..].Trim().Split('\t')[1], CultureInfo.InvariantCulture);
    }

    // Unix 98 pseudo-terminals have the major numbers 136 to 143.
    private static int? TerminalOf(long device)
    {
        int major = (int)(device >> 8) & 0xFFF;
        int minor = (int)((device & 0xFF) | ((device >> 12) & 0xFFF00));
        return major is >= 136 and <= 143 ? ((major - 136) << 20) | minor : null;
    }

    private static string CommandOf(string directory, string name)
    {
        byte[] arguments = File.ReadAllBytes(directory + "cmdline");
        ReadOnlySpan<byte> shown = arguments.AsSpan(0, Math.Min(arguments.Length, MaxCommandBytes)).TrimEnd((byte)0);
        return shown.IsEmpty ? $"[{name}]" : Encoding.UTF8.GetString(shown).Replace('\0', ' ');
    }

    private static long UptimeMs()
    {
        const int MsPerSecond = 1000;
        string text = File.ReadAllText("/proc/uptime").Split(' ')[0];
        return (long)(decimal.Parse(text, CultureInfo.InvariantCulture) * MsPerSecond);
    }
}
