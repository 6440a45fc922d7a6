namespace Hull.Linux.Tests;

public sealed class ProcessorNearnessTests
{
    [Fact]
    public void Follow_GoesWhereItMayAndNowhereElse()
    {
        int here = -1;
        string[] allowed = OnAThread(nearness =>
        {
            here = nearness.Stay();
            nearness.Follow(here);
            string at = Allowed();
            nearness.Follow(-1);
            nearness.Follow(int.MaxValue);
            nearness.Follow(1023);
            return [at, Allowed()];
        });

        Assert.Equal([$"{here}", $"{here}"], allowed);
    }

    [Fact]
    public void Stay_EndsWithLeave()
    {
        int here = -1;
        string[] allowed = OnAThread(nearness =>
        {
            string before = Allowed();
            here = nearness.Stay();
            string during = Allowed();
            nearness.Leave();
            return [before, during, Allowed()];
        });

        Assert.Equal($"{here}", allowed[1]);
        Assert.Equal(allowed[0], allowed[2]);
    }

    // Somebody said 'taskset' of a machine that runs.
    [Fact]
    public void Leave_KeepsWhatWasChangedMeanwhile()
    {
        int here = -1;
        string[] allowed = OnAThread(nearness =>
        {
            here = new ProcessorNearness().Stay();
            _ = nearness.Stay();
            nearness.Leave();
            return [Allowed()];
        });

        Assert.Equal([$"{here}"], allowed);
    }

    // What a thread may is its own: no other test sees it.
    private static string[] OnAThread(Func<ProcessorNearness, string[]> work)
    {
        string[] result = [];
        Thread thread = new(() => result = work(new ProcessorNearness()));
        thread.Start();
        thread.Join();
        return result;
    }

    private static string Allowed() => File.ReadLines("/proc/thread-self/status")
        .First(line => line.StartsWith("Cpus_allowed_list:", StringComparison.Ordinal)).Split('\t')[1];
}
