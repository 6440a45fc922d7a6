using System.Text.RegularExpressions;

namespace Hull.System.Tests;

/// <summary>What strace saw of the jailed processes, from the execution of their program on.</summary>
internal sealed partial class TracedCalls
{
    internal const string Strace = "/usr/bin/strace";

    /// <summary>How strace is called, the file to write to excepted; threads have other numbers in their own namespace.</summary>
    internal static readonly string[] Arguments = ["-f", "-qq", "--pidns-translation", "-o"];

    private readonly Dictionary<string, HashSet<string>> _used = [];
    private readonly Dictionary<string, HashSet<string>> _refused = [];

    /// <summary>Reads a trace of <see cref="Arguments"/>.</summary>
    internal TracedCalls(string path)
    {
        Dictionary<string, string> modes = [];
        Dictionary<string, string> unfinished = [];
        foreach (string line in File.ReadLines(path))
        {
            Match execution = Execution().Match(line);
            if (execution.Success)
            {
                modes[execution.Groups[1].Value] = execution.Groups[2].Value;
            }

            // A thread's first line may come before the call that made it is reported, but only just.
            Match made = Made().Match(line);
            if (made.Success && modes.TryGetValue(made.Groups[1].Value, out string? mode))
            {
                modes[made.Groups[2].Value] = mode;
            }

            Match call = Call().Match(line);
            if (!call.Success || !modes.TryGetValue(call.Groups[1].Value, out mode))
            {
                continue;
            }

            // A line that another process's came between says how it ended when it goes on.
            if (line.EndsWith("<unfinished ...>", StringComparison.Ordinal))
            {
                unfinished[call.Groups[1].Value] = call.Groups[2].Value;
                continue;
            }

            unfinished.Remove(call.Groups[1].Value);
            Add(line.Contains(" EPERM ", StringComparison.Ordinal) ? _refused : _used, mode, call.Groups[2].Value);
        }

        foreach ((string process, string call) in unfinished)
        {
            Add(_used, modes[process], call);
        }
    }

    /// <summary>The calls that a mode of hull-machine made and that were not refused.</summary>
    internal IReadOnlySet<string> Used(string mode) => _used.GetValueOrDefault(mode, []);

    /// <summary>The calls that were refused with EPERM.</summary>
    internal IReadOnlySet<string> Refused(string mode) => _refused.GetValueOrDefault(mode, []);

    private static void Add(Dictionary<string, HashSet<string>> calls, string mode, string call)
    {
        if (!calls.TryGetValue(mode, out HashSet<string>? all))
        {
            calls.Add(mode, all = []);
        }

        all.Add(call);
    }

    [GeneratedRegex("^(\\d+) +execve\\(\"/hull-machine\", \\[\"/hull-machine\", \"([a-z]+)\"")]
    private static partial Regex Execution();

    [GeneratedRegex(@"^(\d+) +(?:clone\(|<\.\.\. clone resumed).*= \d+ /\* (\d+) in ")]
    private static partial Regex Made();

    [GeneratedRegex(@"^(\d+) +(?:<\.\.\. )?([a-z0-9_]+)(?:\(| resumed)")]
    private static partial Regex Call();
}
