using System.Globalization;
using Hull.Oci.Runtime;

namespace Hull.Runtime.MicroVm;

/// <summary>Limits that a container inherits from whoever starts it: nobody does in a guest, so they are given by name.</summary>
internal static class HostLimits
{
    private const string OpenFiles = "RLIMIT_NOFILE";
    private const string LimitsFile = "/proc/self/limits";
    private const string OpenFilesLine = "Max open files";

    /// <summary>Adds this process's own limit of open files where the process has none.</summary>
    internal static ProcessSpec Complete(ProcessSpec process)
    {
        IReadOnlyList<RlimitSpec> limits = process.Rlimits ?? [];
        return limits.Any(limit => limit.Type == OpenFiles) || TryRead() is not { } own
            ? process
            : process with { Rlimits = [.. limits, own] };
    }

    private static RlimitSpec? TryRead()
    {
        foreach (string line in File.ReadLines(LimitsFile))
        {
            if (line.StartsWith(OpenFilesLine, StringComparison.Ordinal))
            {
                string[] numbers = line[OpenFilesLine.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
                return ulong.TryParse(numbers[0], CultureInfo.InvariantCulture, out ulong soft)
                    && ulong.TryParse(numbers[1], CultureInfo.InvariantCulture, out ulong hard)
                        ? new RlimitSpec { Type = OpenFiles, Soft = soft, Hard = hard }
                        : null;
            }
        }

        return null;
    }
}
