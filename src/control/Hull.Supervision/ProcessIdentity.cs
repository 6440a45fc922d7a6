using System.Globalization;

namespace Hull.Supervision;

/// <summary>Tells a living process from another that got its number later.</summary>
/// <remarks>Source: proc(5), /proc/PID/stat field 22.</remarks>
public static class ProcessIdentity
{
    private const int StartField = 19;

    /// <summary>This boot's identifier.</summary>
    public static string BootId { get; } = ReadBootId();

    /// <summary>A process's start in kernel ticks since boot; -1 when there is no such process, or only its zombie.</summary>
    public static long StartOf(int pid)
    {
        string text;
        try
        {
            text = File.ReadAllText($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/stat");
        }
        catch (IOException)
        {
            return -1;
        }

        // The name in parentheses may hold anything; the state is the first field after the last parenthesis.
        int end = text.LastIndexOf(')');
        string[] fields = text[(end + 2)..].Split(' ');
        return fields[0] is "Z" or "X" ? -1 : long.Parse(fields[StartField], CultureInfo.InvariantCulture);
    }

    /// <summary>Whether the supervisor that wrote a record still lives.</summary>
    public static bool SupervisorLives(TaskRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return record.SupervisorPid > 0 && record.BootId == BootId
            && StartOf(record.SupervisorPid) == record.SupervisorStart;
    }

    private static string ReadBootId()
    {
        try
        {
            return File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();
        }
        catch (IOException)
        {
            return "";
        }
    }
}
