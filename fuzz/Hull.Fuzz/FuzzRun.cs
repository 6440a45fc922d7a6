using System.Diagnostics;
using System.Security.Cryptography;

namespace Hull.Fuzz;

/// <summary>Feeds one target for a while; a finding is written down and ends the run.</summary>
internal sealed class FuzzRun(IFuzzTarget target, TimeSpan length, int seed, string? corpusDirectory)
{
    // Of the processor's time, which a busy machine does not use up; what waits without working shows by the clock.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(5);

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private byte[] _input = [];
    private long _started;
    private long _startedWork;

    /// <summary>Runs it.</summary>
    /// <returns>Whether nothing was found.</returns>
    internal bool Execute()
    {
        using Timer watchdog = new(_ => CheckPatience(), null, s_patience, TimeSpan.FromSeconds(1));
        Corpus corpus = new(corpusDirectory, target.Name);
        byte[][] seeds = [.. target.Seeds, .. corpus.Load()];
        Mutator mutator = new(seeds, target.Words, seed);
        foreach (byte[] input in seeds)
        {
            if (!Feed(input))
            {
                return false;
            }
        }

        int fromSeeds = Coverage.Reached;
        int reached = fromSeeds;
        long count = 0;
        while (_clock.Elapsed < length)
        {
            byte[] input = mutator.Next();
            if (!Feed(input))
            {
                return false;
            }

            count++;
            if (Coverage.Reached is int now && now > reached)
            {
                reached = now;
                mutator.Keep(input);
                corpus.Keep(input);
            }
        }

        Volatile.Write(ref _started, 0);
        string guided = Coverage.IsThere ? $" {reached - fromSeeds} statements beyond the seeds' {fromSeeds}, {mutator.Kept} inputs kept," : "";
        string tally = target.Tally is string text ? $" {text}," : "";
        Console.WriteLine($"{target.Name}: {count} inputs in {_clock.Elapsed.TotalSeconds:0} s,{guided}{tally} seed {seed}, nothing found.");
        return true;
    }

    private bool Feed(byte[] input)
    {
        _input = input;
        Volatile.Write(ref _startedWork, -1);
        Volatile.Write(ref _started, Stopwatch.GetTimestamp());
        try
        {
            target.Run(input);
            return true;
        }
        catch (HullException)
        {
            return true;
        }
        catch (Exception error)
        {
            Console.Error.WriteLine($"{target.Name}: {error}");
            Keep(input, "crash");
            return false;
        }
    }

    private void CheckPatience()
    {
        long started = Volatile.Read(ref _started);
        if (started == 0 || Stopwatch.GetElapsedTime(started) < s_patience)
        {
            return;
        }

        // Asking for the processor's time is too slow to be done for each input: it is counted from the first doubt on.
        long work = Environment.CpuUsage.TotalTime.Ticks;
        long first = Interlocked.CompareExchange(ref _startedWork, work, -1);
        if ((first >= 0 && work - first > s_patience.Ticks) || Stopwatch.GetElapsedTime(started) > s_longest)
        {
            // The thread that hangs cannot be stopped: the process ends with it.
            Keep(_input, "hang");
            Environment.Exit(1);
        }
    }

    private void Keep(byte[] input, string what)
    {
        string name = $"{target.Name}-{what}-{Convert.ToHexStringLower(SHA256.HashData(input))[..12]}.bin";
        string path = Path.Combine(Path.GetTempPath(), "hull-fuzz", name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, input);
        Console.Error.WriteLine($"{target.Name}: {what}, the input is in '{path}' ({input.Length} bytes, seed {seed}); replay it with --replay.");
    }
}
