using System.Globalization;
using Hull.Oci.Runtime;

namespace Hull.Benchmarks.Peers;

/// <summary>The smallest memory limit under which a static <c>true</c> starts, thirty times of thirty.</summary>
internal sealed class MemoryLimitCase : ICase
{
    private const int Tries = 30;
    private const long Kibi = 1024;

    private static readonly long[] s_limitsKib = [256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096, 6144, 8192, 12288, 16384];

    /// <inheritdoc/>
    public string Name => "memory-limit";

    /// <inheritdoc/>
    public string Question => "the smallest memory limit that starts a static true, 30 of 30";

    /// <inheritdoc/>
    public void Run(Context context)
    {
        foreach (string runtime in context.Runtimes)
        {
            long smallest = s_limitsKib.FirstOrDefault(limit => Starts(context, runtime, limit), -1);
            Console.WriteLine($"{Path.GetFileName(runtime),-22} {smallest:#,0} KiB");
        }
    }

    private static bool Starts(Context context, string runtime, long limitKib)
    {
        string bundle = context.MakeBundle("memory-limit", spec =>
        {
            LinuxResources resources = spec.Linux?.Resources ?? throw new InvalidOperationException("The bundle has no resources.");
            resources.Memory = new MemorySpec { Limit = limitKib * Kibi };
        });
        return Enumerable.Range(0, Tries).All(round => Spawn.Run(
            runtime, "run", "--bundle", bundle,
            string.Create(CultureInfo.InvariantCulture, $"hull-limit-{Environment.ProcessId}-{limitKib}-{round}")).Status == 0);
    }
}
