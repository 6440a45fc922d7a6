using Hull.Cpu.Native;

namespace Hull.Fuzz;

/// <summary><c>native [--count N] [--seconds N] [--seed N] [--jobs N] [--families N]</c>: random instructions on the host's processor and on the interpreter.</summary>
internal sealed class NativeRun(long count, TimeSpan length, int seed, int jobs, NativeFamilies families)
{
    private static readonly TimeSpan s_progress = TimeSpan.FromSeconds(30);

    /// <summary>Runs until the count or the time is reached, or too much is different.</summary>
    /// <returns>Whether nothing was different.</returns>
    internal bool Execute()
    {
        NativeCampaign campaign = new(seed, jobs, families);
        campaign.Run(count, count > 0 ? TimeSpan.Zero : length, line => Console.WriteLine($"native: {line}"), s_progress);
        Console.WriteLine($"native: {campaign.Summary}");
        foreach (string lost in campaign.Lost)
        {
            Console.WriteLine($"the host's process {lost}");
        }

        foreach (string difference in campaign.Differences)
        {
            Console.WriteLine(difference);
        }

        return campaign.Differences.Count == 0;
    }
}
