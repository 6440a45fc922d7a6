using System.Globalization;

namespace Hull.Cpu.Native.Tests;

/// <summary>Random instructions on the host's processor and on the interpreter: what they leave behind is equal.</summary>
/// <remarks>HULL_NATIVE_SECONDS, HULL_NATIVE_SEED: how long the run with a fresh seed takes, and what to use instead of a fresh one.</remarks>
public sealed class NativeTests(ITestOutputHelper output)
{
    private const int Instructions = 3_000_000;
    private const int Seconds = 60;
    private const NativeFamilies Steady =
        (NativeFamilies.All & ~(NativeFamilies.Bytes | NativeFamilies.Segments | NativeFamilies.Sequences)) | NativeFamilies.Steady;

    [Fact]
    public void RandomInstructions_WithTheSameSeed_LeaveTheSameState() => Run(1, 1, NativeFamilies.All, Instructions, TimeSpan.Zero);

    [Fact]
    public void RandomInstructions_WithFreshSeedsForAMinute_LeaveTheSameState()
    {
        // Only what long campaigns found no difference in, so that a failure is news. A difference names its seed; HULL_NATIVE_SEED draws the same cases again, however fast the machine is.
        int seed = Number("HULL_NATIVE_SEED", Random.Shared.Next());
        Run(seed, Math.Min(Environment.ProcessorCount, 2), Steady, 0, TimeSpan.FromSeconds(Number("HULL_NATIVE_SECONDS", Seconds)));
    }

    private void Run(int seed, int jobs, NativeFamilies families, long count, TimeSpan length)
    {
        GivenCaseTests.SkipUnlessComparable();
        NativeCampaign campaign = new(seed, jobs, families);
        campaign.Run(count, length, null, Timeout.InfiniteTimeSpan);
        output.WriteLine(campaign.Summary);
        Assert.True(campaign.Differences.Count == 0, $"{campaign.Summary}\n{string.Join('\n', campaign.Differences)}");
    }

    private static int Number(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : otherwise;
}
