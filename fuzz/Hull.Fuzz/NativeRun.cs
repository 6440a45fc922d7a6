using System.Diagnostics;
using System.Globalization;
using Hull.Cpu.Native;

namespace Hull.Fuzz;

/// <summary><c>native [--count N] [--seconds N] [--seed N]</c>: random instructions on the host's processor and on the interpreter.</summary>
internal sealed class NativeRun(long count, TimeSpan length, int seed)
{
    private const int MostDifferences = 40;

    private static readonly TimeSpan s_progress = TimeSpan.FromSeconds(30);

    /// <summary>Runs until the count or the time is reached, or too much is different.</summary>
    /// <returns>Whether nothing was different.</returns>
    internal bool Execute()
    {
        using NativeRig rig = new(seed, NativeFamilies.All);
        var clock = Stopwatch.StartNew();
        TimeSpan next = s_progress;
        while ((count > 0 ? rig.Instructions < count : clock.Elapsed < length) && rig.Differences.Count < MostDifferences)
        {
            rig.RunBatch();
            if (clock.Elapsed > next)
            {
                next += s_progress;
                Console.WriteLine(Summary(rig, clock.Elapsed));
            }
        }

        Console.WriteLine(Summary(rig, clock.Elapsed));
        foreach (NativeDifference difference in rig.Differences)
        {
            Console.WriteLine($"[{rig.Counts[difference.Key]}] {difference.Key}\n    {difference.Text}");
        }

        return rig.Differences.Count == 0;
    }

    private string Summary(NativeRig rig, TimeSpan elapsed) => string.Create(
        CultureInfo.InvariantCulture,
        $"native: {rig.Instructions:n0} instructions, {rig.Faults:n0} faults, {rig.Inconclusive:n0} inconclusive, {rig.Differences.Count} differences in {elapsed.TotalSeconds:0} s, seed {seed}");
}
