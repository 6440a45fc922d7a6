using System.Diagnostics;
using System.Globalization;

namespace Hull.Benchmarks.Peers;

/// <summary>Two hundred containers started in parallel, then removed.</summary>
internal sealed class FleetCase : ICase
{
    private const int Containers = 200;
    private const int AtOnce = 16;

    /// <inheritdoc/>
    public string Name => "fleet";

    /// <inheritdoc/>
    public string Question => "200 detached containers started in parallel, then removed";

    /// <inheritdoc/>
    public void Run(Context context)
    {
        Engines engines = new(context);
        double own = 0;
        foreach (string engine in engines.Names)
        {
            int failures = 0;
            var watch = Stopwatch.StartNew();
            InParallel(number => Count(ref failures, Spawn.Run(engines.Run(
                engine, "-d", "--name", NameOf(number), Engines.ImageOf(engine), "/bin/sleep", "600"))));
            double started = watch.Elapsed.TotalSeconds;
            InParallel(number => Count(ref failures, Spawn.Run(engines.Command(engine, "rm", "-f", NameOf(number)))));
            double total = watch.Elapsed.TotalSeconds;
            own = engine == "hull" ? total : own;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{engine,-22} started in {started:0.00} s, removed after {total:0.00} s, failures {failures}   hull/this {own / total:0.00}"));
        }
    }

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
