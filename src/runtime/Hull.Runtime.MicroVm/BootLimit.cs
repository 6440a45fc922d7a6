using System.Globalization;
using Hull.Linux;

namespace Hull.Runtime.MicroVm;

/// <summary>How long a machine may take until its guest has answered for the first time.</summary>
/// <remarks>
/// It is the machine's own time that counts: while its busiest thread is ready to run and the host runs others, the limit stands
/// still, so that ten machines that boot at once on a small host are not taken for broken ones. A guest that halts, or runs
/// in circles, is not kept from anything, and its limit passes like a clock.
/// Source: proc(5), /proc/PID/task/TID/schedstat: nanoseconds run, nanoseconds waited for a processor, slices.
/// </remarks>
/// <param name="limitMs">Milliseconds; without end when 0.</param>
/// <param name="clock">What tells the time.</param>
/// <param name="readWaits">For each of the machine's threads, the nanoseconds it waited for a processor so far; none where the host does not count them.</param>
internal sealed class BootLimit(long limitMs, TimeProvider clock, Func<IEnumerable<(int Thread, long Nanoseconds)>> readWaits)
{
    private const int SliceMs = 500;

    private readonly Dictionary<int, long> _waits = [];
    private long _countedAt = clock.GetTimestamp();
    private double _spentMs;

    /// <summary>Whether it has passed.</summary>
    internal bool IsOver => limitMs > 0 && _spentMs >= limitMs;

    /// <summary>The limit of a machine's process.</summary>
    internal static BootLimit Of(int process, long limitMs) => new(limitMs, TimeProvider.System, () => ReadWaits(process));

    /// <summary>Waits until there is something to read, or the limit has passed.</summary>
    /// <returns>False when the limit has passed.</returns>
    internal bool Await(FileDescriptor source)
    {
        if (limitMs == 0)
        {
            return KernelProcess.WaitReadable(source, Timeout.Infinite);
        }

        // Counted first: a guest that sends a byte now and then never has to be waited for.
        Count();
        while (!IsOver)
        {
            if (KernelProcess.WaitReadable(source, (int)Math.Clamp(limitMs - _spentMs, 1, SliceMs)))
            {
                return true;
            }

            Count();
        }

        return false;
    }

    /// <summary>Adds what passed since it was last counted, but for what the host did for others.</summary>
    internal void Count()
    {
        double passed = clock.GetElapsedTime(_countedAt).TotalMilliseconds;
        _countedAt = clock.GetTimestamp();
        double longest = 0;
        foreach ((int thread, long nanoseconds) in readWaits())
        {
            longest = Math.Max(longest, (nanoseconds - _waits.GetValueOrDefault(thread)) / 1e6);
            _waits[thread] = nanoseconds;
        }

        _spentMs += Math.Max(0, passed - longest);
    }

    private static IEnumerable<(int Thread, long Nanoseconds)> ReadWaits(int process)
    {
        string[] threads;
        try
        {
            threads = Directory.GetDirectories(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/task"));
        }
        catch (IOException)
        {
            // It has ended.
            yield break;
        }

        foreach (string thread in threads)
        {
            if (int.TryParse(Path.GetFileName(thread), CultureInfo.InvariantCulture, out int number)
                && TryReadWait(Path.Combine(thread, "schedstat"), out long nanoseconds))
            {
                yield return (number, nanoseconds);
            }
        }
    }

    private static bool TryReadWait(string path, out long nanoseconds)
    {
        nanoseconds = 0;
        try
        {
            string[] words = File.ReadAllText(path).Split(' ');
            return words.Length > 1 && long.TryParse(words[1], CultureInfo.InvariantCulture, out nanoseconds);
        }
        catch (IOException)
        {
            // The thread has ended, or the host's kernel counts nothing.
            return false;
        }
    }
}
