using System.Runtime.InteropServices;

namespace Hull.Linux;

/// <summary>Signals by process number, for the members of a cgroup that nobody else can reap meanwhile. Source: kill(2).</summary>
public static class ProcessSignal
{
    /// <summary>Sends a signal.</summary>
    /// <param name="processId">One process; must be positive.</param>
    /// <param name="signal">The signal.</param>
    /// <returns><see cref="Errno.Srch"/> when the process has ended.</returns>
    public static Errno Send(int processId, Signal signal)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(processId);
        return Libc.kill(processId, signal.Number) == 0 ? Errno.None : (Errno)Marshal.GetLastPInvokeError();
    }
}
