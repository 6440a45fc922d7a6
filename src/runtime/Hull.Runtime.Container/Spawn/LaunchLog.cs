using System.Globalization;
using System.Numerics;
using Hull.Runtime.Container.Seccomp;

namespace Hull.Runtime.Container.Spawn;

/// <summary>The steps of a start, in the words of runc's log where there are any: programs look for those.</summary>
internal static class LaunchLog
{
    /// <summary>Tells what a new process is about to do.</summary>
    internal static void Tell(IRuntimeLog log, SpawnPlan plan, SeccompProgram? filter)
    {
        log.Debug(string.Create(
            CultureInfo.InvariantCulture,
            $"spawn plan: {plan.Steps.Length} steps, {plan.Constants.Length} bytes of constants, namespaces of the clone 0x{plan.Namespaces:x}"));
        if (filter is not null)
        {
            log.Debug(string.Create(CultureInfo.InvariantCulture, $"seccomp filter instructions: {filter.Filter.Length / 8}"));
            log.Debug(string.Create(CultureInfo.InvariantCulture, $"seccomp filter flags: {filter.Flags}"));
        }
    }

    /// <summary>Tells what a new process said about itself.</summary>
    internal static void Tell(IRuntimeLog log, int processId, SpawnNote note, ulong value) => log.Debug(note switch
    {
        SpawnNote.Begun => string.Create(CultureInfo.InvariantCulture, $"nsexec[{processId}]: => nsexec container setup"),
        SpawnNote.Processors => string.Create(CultureInfo.InvariantCulture, $"nsexec[{processId}]: affinity: 0x{value:x} ({BitOperations.PopCount(value)} processors)"),
        SpawnNote.Inside => string.Create(CultureInfo.InvariantCulture, $"child process in init(): {processId} is in its namespaces"),
        _ => string.Create(CultureInfo.InvariantCulture, $"process {processId}: note {(int)note}"),
    });
}
