using System.Diagnostics;

namespace Hull.Machine;

/// <summary>Tells when a processor has had little to do for a while. For one thread.</summary>
internal sealed class RestMeter
{
    private const int QuietShare = 20; // Busy for less than a twentieth of the time.

    private static readonly long s_window = 2 * Stopwatch.Frequency;

    private long _windowStart;
    private long _ran;

    /// <summary>Notes that the processor ran and halted; both times by <see cref="Stopwatch.GetTimestamp"/>.</summary>
    /// <returns>Whether it rested; said once for each two seconds or more.</returns>
    internal bool IsResting(long began, long halted)
    {
        _windowStart = _windowStart == 0 ? began : _windowStart;
        _ran += halted - began;
        long window = halted - _windowStart;
        if (window < s_window)
        {
            return false;
        }

        bool isQuiet = _ran < window / QuietShare;
        _windowStart = halted;
        _ran = 0;
        return isQuiet;
    }
}
