using System.Globalization;

namespace Hull.Runtime;

/// <summary>How a process ended.</summary>
/// <param name="Code">Exit code 0 to 255; 128 + signal number when a signal ended it, as shells and Docker count.</param>
/// <param name="Signal">The signal that ended it; 0 when it exited by itself.</param>
public readonly record struct ExitStatus(int Code, int Signal)
{
    private const int SignalMask = 0x7f;
    private const int SignalBase = 128;

    /// <summary>Reads the status word of wait4(2).</summary>
    public static ExitStatus FromWaitStatus(int status)
    {
        int signal = status & SignalMask;
        return signal == 0 ? new ExitStatus((status >> 8) & 0xff, 0) : new ExitStatus(SignalBase + signal, signal);
    }

    /// <inheritdoc/>
    public override string ToString() => Code.ToString(CultureInfo.InvariantCulture);
}
