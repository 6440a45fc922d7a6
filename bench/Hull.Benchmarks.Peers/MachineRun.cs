using System.Diagnostics;

namespace Hull.Benchmarks.Peers;

/// <summary>One run of a machine whose serial console is a pipe: when which line came, by the host's clock.</summary>
internal sealed class MachineRun(params IReadOnlyList<string> command)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(3);

    /// <summary>From the start of the process to the guest's first line from userspace.</summary>
    internal double BootMs { get; private set; } = double.NaN;

    /// <summary>How long each program ran.</summary>
    internal Dictionary<string, double> ProgramMs { get; } = [];

    /// <summary>What each program computed: the same on every machine.</summary>
    internal Dictionary<string, string> Results { get; } = [];

    /// <summary>Runs until the guest says that it is done, and ends the process.</summary>
    /// <param name="look">Looks at the process when the guest is done, before it is ended.</param>
    internal MachineRun Go(Action<int>? look = null)
    {
        ProcessStartInfo start = new(command[0], command.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        long began = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start) ?? throw new InvalidOperationException(command[0]);
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        using Timer limit = new(_ => process.Kill(), null, s_limit, Timeout.InfiniteTimeSpan);
        long program = began;
        while (process.StandardOutput.ReadLine() is { } line)
        {
            string[] words = line.Trim().Split(' ');
            switch (words)
            {
                case ["USERSPACE"]:
                    BootMs = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
                    break;
                case ["B", _]:
                    program = Stopwatch.GetTimestamp();
                    break;
                case ["R", string name, string result]:
                    ProgramMs[name] = Stopwatch.GetElapsedTime(program).TotalMilliseconds;
                    Results[name] = result;
                    break;
            }

            if (words is ["DONE"])
            {
                break;
            }
        }

        look?.Invoke(process.Id);
        process.Kill();
        process.WaitForExit();
        return this;
    }
}
