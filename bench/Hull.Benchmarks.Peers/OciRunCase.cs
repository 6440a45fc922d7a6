using System.Globalization;

namespace Hull.Benchmarks.Peers;

/// <summary><c>RUNTIME run</c> of a static <c>true</c>: wall, CPU, peak memory.</summary>
internal sealed class OciRunCase : ICase
{
    private const int Rounds = 60;
    private const int MemoryRounds = 5;

    /// <inheritdoc/>
    public string Name => "oci-run";

    /// <inheritdoc/>
    public string Question => "an OCI runtime runs a static true, same bundle";

    /// <inheritdoc/>
    public void Run(Context context)
    {
        string bundle = context.MakeBundle("oci-run");
        Report report = new(context.Runtimes);
        int number = 0;
        report.Measure(Rounds, runtime => Spawn.Run(runtime, "run", "--bundle", bundle, Id(ref number)));
        report.Print();
        foreach (string runtime in context.Runtimes)
        {
            Console.WriteLine($"{Path.GetFileName(runtime),-22} peak resident {PeakKib(context, runtime, bundle, ref number):#,0} KiB (median of {MemoryRounds})");
        }
    }

    // ru_maxrss of a spawned child starts at its parent's size: only a small parent such as time(1) measures it.
    private static int PeakKib(Context context, string runtime, string bundle, ref int number)
    {
        string output = Path.Combine(context.Scratch, "peak");
        List<int> peaks = [];
        for (int round = 0; round < MemoryRounds; round++)
        {
            _ = Spawn.Run("/usr/bin/time", "-f", "%M", "-o", output, runtime, "run", "--bundle", bundle, Id(ref number));
            peaks.Add(int.Parse(File.ReadAllText(output), CultureInfo.InvariantCulture));
        }

        peaks.Sort();
        return peaks[peaks.Count / 2];
    }

    private static string Id(ref int number) => string.Create(CultureInfo.InvariantCulture, $"hull-bench-{Environment.ProcessId}-{number++}");
}
