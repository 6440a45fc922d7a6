using System.Diagnostics;
using System.Globalization;

namespace Hull.Cpu.Native;

/// <summary>Several rigs side by side, each on a thread of its own with a seed of its own.</summary>
/// <param name="seed">The first rig's seed; the others have the numbers that follow.</param>
/// <param name="jobs">How many rigs.</param>
/// <param name="families">What to draw from.</param>
public sealed class NativeCampaign(int seed, int jobs, NativeFamilies families)
{
    private const int MostDifferences = 40;

    private readonly NativeRig[] _rigs = new NativeRig[jobs];
    private readonly Stopwatch _clock = new();
    private volatile bool _stop;

    /// <summary>What differed, with the seed that found it.</summary>
    public IReadOnlyList<string> Differences =>
        [.. _rigs.SelectMany((rig, i) => rig.Differences.Select(one => $"seed {seed + i} [{rig.Counts[one.Key]}] {one.Key}\n    {one.Text}"))];

    /// <summary>What the host could not run.</summary>
    public IReadOnlyList<string> Lost => [.. _rigs.SelectMany(rig => rig.Lost)];

    /// <summary>One line of counts.</summary>
    public string Summary => string.Create(
        CultureInfo.InvariantCulture,
        $"{_rigs.Sum(rig => rig.Instructions):n0} instructions, {_rigs.Sum(rig => rig.Faults):n0} cases ended by an exception, {_rigs.Sum(rig => rig.Inconclusive):n0} without a verdict, {_rigs.Sum(rig => rig.Lost.Count)} lost, {_rigs.Sum(rig => rig.Differences.Count)} differences in {_clock.Elapsed.TotalSeconds:0} s, seeds {seed} to {seed + jobs - 1}");

    /// <summary>Runs until the count or the time is reached, or too much is different.</summary>
    /// <param name="count">Instructions of all rigs together; 0 for no limit.</param>
    /// <param name="length">How long; zero for no limit.</param>
    /// <param name="progress">Gets the summary now and then; null for silence.</param>
    /// <param name="interval">How often.</param>
    public void Run(long count, TimeSpan length, Action<string>? progress, TimeSpan interval)
    {
        for (int i = 0; i < jobs; i++)
        {
            _rigs[i] = new NativeRig(seed + i, families);
        }

        _clock.Start();
        List<Exception> failures = [];
        Thread[] threads = [.. _rigs.Select(rig => new Thread(() => Loop(rig, count / jobs, length, failures)))];
        foreach (Thread thread in threads)
        {
            thread.Start();
        }

        foreach (Thread thread in threads)
        {
            while (!thread.Join(interval))
            {
                progress?.Invoke(Summary);
            }
        }

        foreach (NativeRig rig in _rigs)
        {
            rig.Dispose();
        }

        if (failures.Count > 0)
        {
            throw new AggregateException(failures);
        }
    }

    private void Loop(NativeRig rig, long count, TimeSpan length, List<Exception> failures)
    {
        try
        {
            while (!_stop && (count == 0 || rig.Instructions < count) && (length == TimeSpan.Zero || _clock.Elapsed < length))
            {
                rig.RunBatch();
                _stop |= rig.Differences.Count >= MostDifferences;
            }
        }
#pragma warning disable CA1031 // it is thrown again by Run, on the thread that asked
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _stop = true;
            lock (failures)
            {
                failures.Add(failure);
            }
        }
    }
}
