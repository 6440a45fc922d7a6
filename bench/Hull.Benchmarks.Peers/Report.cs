using System.Globalization;

namespace Hull.Benchmarks.Peers;

/// <summary>Collects interleaved samples and prints medians and ratios, the first contender being the one in question.</summary>
internal sealed class Report(params IReadOnlyList<string> contenders)
{
    private readonly Dictionary<string, List<Sample>> _samples = contenders.ToDictionary(each => each, _ => new List<Sample>());

    /// <summary>Runs all contenders in turn: one uncounted round, then the counted ones.</summary>
    internal void Measure(int rounds, Func<string, Sample> run)
    {
        for (int round = -1; round < rounds; round++)
        {
            foreach (string contender in contenders)
            {
                Sample sample = run(contender);
                if (round >= 0)
                {
                    _samples[contender].Add(sample);
                }
            }
        }
    }

    /// <summary>Prints one line a contender.</summary>
    internal void Print()
    {
        double wall = Median(contenders[0], sample => sample.WallMs);
        double cpu = Median(contenders[0], sample => sample.CpuMs);
        foreach (string contender in contenders)
        {
            double wallHere = Median(contender, sample => sample.WallMs);
            double cpuHere = Median(contender, sample => sample.CpuMs);
            int failures = _samples[contender].Count(sample => sample.Status != 0);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{Path.GetFileName(contender),-22} n={_samples[contender].Count} wall {wallHere,8:0.00} ms  cpu {cpuHere,8:0.00} ms  failures {failures}   hull/this: wall {wall / wallHere:0.00} cpu {cpu / cpuHere:0.00}"));
        }
    }

    private double Median(string contender, Func<Sample, double> figure)
    {
        double[] sorted = [.. _samples[contender].Select(figure).Order()];
        return sorted.Length == 0 ? double.NaN
            : sorted.Length % 2 == 1 ? sorted[sorted.Length / 2]
            : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }
}
