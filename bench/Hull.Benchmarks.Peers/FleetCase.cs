using System.Diagnostics;
using System.Globalization;

namespace Hull.Benchmarks.Peers;

/// <summary>Two hundred containers started in parallel, then removed.</summary>
internal sealed class FleetCase : ICase
{
    private const int Containers = 200;
    private const int AtOnce = 8;
    private const int Rounds = 3;

    /// <inheritdoc/>
    public string Name => "fleet";

    /// <inheritdoc/>
    public string Question => "200 detached containers started in parallel, then removed";

    /// <inheritdoc/>
    public void Run(Context context)
    {
        Engines engines = new(context);
        Dictionary<string, List<(double Started, double Total)>> times = engines.Names.ToDictionary(name => name, _ => new List<(double, double)>());
        int failures = 0;
        for (int round = 0; round < Rounds; round++)
        {
            foreach (string engine in engines.Names)
            {
                times[engine].Add(Measure(engines, engine, ref failures));
            }
        }

        double own = Median(times["hull"], time => time.Total);
        foreach ((string engine, List<(double Started, double Total)> all) in times)
        {
            double total = Median(all, time => time.Total);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{engine,-22} started in {Median(all, time => time.Started):0.00} s, removed after {total:0.00} s   n = {all.Count}, failures of all {failures}   hull/this {own / total:0.00}"));
        }
    }

    private static (double Started, double Total) Measure(Engines engines, string engine, ref int failures)
    {
        int failed = 0;
        var watch = Stopwatch.StartNew();
        InParallel(number => Count(ref failed, Spawn.Run(engines.Run(
            engine, "-d", "--name", NameOf(number), Engines.ImageOf(engine), "/bin/sleep", "600"))));
        double started = watch.Elapsed.TotalSeconds;

        // Podman's rm asks first and waits ten seconds for an answer that a program without handlers never gives.
        string[] remove = engine == "hull" ? ["rm", "-f"] : ["rm", "-f", "-t", "0"];
        InParallel(number => Count(ref failed, Spawn.Run(engines.Command(engine, [.. remove, NameOf(number)]))));
        failures += failed;
        return (started, watch.Elapsed.TotalSeconds);
    }

    private static double Median(List<(double Started, double Total)> times, Func<(double Started, double Total), double> value) =>
        times.Select(value).Order().ElementAt(times.Count / 2);

    private static void InParallel(Action<int> run) =>
        Parallel.For(0, Containers, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, run);

    private static void Count(ref int failures, Sample sample)
    {
        if (sample.Status != 0)
        {
            Interlocked.Increment(ref failures);
        }
    }

    private static string NameOf(int number) => string.Create(CultureInfo.InvariantCulture, $"fleet-{number}");
}
