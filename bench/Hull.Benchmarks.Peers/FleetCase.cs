using System.Diagnostics;
using System.Globalization;

namespace Hull.Benchmarks.Peers;

/// <summary>Two hundred containers started in parallel, then removed.</summary>
/// <remarks>
/// HULL_BENCH_ROUNDS says how many rounds. With HULL_BENCH_RECORD=FILE each round is added to that file and the figures are those
/// of all rounds in it: thirty rounds of Podman are a quarter of an hour, which no machine is quiet for at a stretch.
/// </remarks>
internal sealed class FleetCase : ICase
{
    private const int Containers = 200;
    private const int AtOnce = 8;
    private const int DefaultRounds = 3;

    /// <inheritdoc/>
    public string Name => "fleet";

    /// <inheritdoc/>
    public string Question => "200 detached containers started in parallel, then removed";

    /// <inheritdoc/>
    public void Run(Context context)
    {
        Engines engines = new(context);
        string record = Environment.GetEnvironmentVariable("HULL_BENCH_RECORD") ?? Path.Combine(context.Scratch, "fleet");
        int rounds = int.TryParse(Environment.GetEnvironmentVariable("HULL_BENCH_ROUNDS"), CultureInfo.InvariantCulture, out int given) ? given : DefaultRounds;
        for (int round = 0; round < rounds; round++)
        {
            foreach (string engine in engines.Names)
            {
                Round measured = Measure(engines, engine);
                File.AppendAllLines(record, [measured.ToString()]);
            }
        }

        Print([.. File.ReadAllLines(record).Select(Round.Parse)]);
    }

    private static void Print(IReadOnlyList<Round> rounds)
    {
        double own = Median(rounds.Where(round => round.Engine == "hull"), round => round.Total);
        foreach (IGrouping<string, Round> engine in rounds.GroupBy(round => round.Engine))
        {
            double total = Median(engine, round => round.Total);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{engine.Key,-22} n={engine.Count()} started in {Median(engine, round => round.Started):0.00} s, removed after {total:0.00} s ({engine.Min(round => round.Total):0.00} to {engine.Max(round => round.Total):0.00})  failures {engine.Sum(round => round.Failures)}   hull/this {own / total:0.00}"));
        }
    }

    private static Round Measure(Engines engines, string engine)
    {
        int failed = 0;
        var watch = Stopwatch.StartNew();
        InParallel(number => Count(ref failed, Spawn.Run(engines.Run(
            engine, "-d", "--name", NameOf(number), Engines.ImageOf(engine), "/bin/sleep", "600"))));
        double started = watch.Elapsed.TotalSeconds;

        // Podman's rm asks first and waits ten seconds for an answer that a program without handlers never gives.
        string[] remove = engine == "hull" ? ["rm", "-f"] : ["rm", "-f", "-t", "0"];
        InParallel(number => Count(ref failed, Spawn.Run(engines.Command(engine, [.. remove, NameOf(number)]))));
        return new Round(engine, started, watch.Elapsed.TotalSeconds, failed);
    }

    private static double Median(IEnumerable<Round> rounds, Func<Round, double> value)
    {
        double[] sorted = [.. rounds.Select(value).Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
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

    /// <summary>One fleet of one engine, as a line of the record.</summary>
    private readonly record struct Round(string Engine, double Started, double Total, int Failures)
    {
        internal static Round Parse(string line)
        {
            string[] words = line.Split(' ');
            return new Round(
                words[0],
                double.Parse(words[1], CultureInfo.InvariantCulture),
                double.Parse(words[2], CultureInfo.InvariantCulture),
                int.Parse(words[3], CultureInfo.InvariantCulture));
        }

        public override string ToString() =>
            string.Create(CultureInfo.InvariantCulture, $"{Engine} {Started:0.000} {Total:0.000} {Failures}");
    }
}
