namespace Hull.Runtime.Container.Spawn;

/// <summary>Gives signals that a parent may ignore their default disposition: what is ignored stays so across exec.</summary>
/// <remarks>
/// Source: signal(7), execve(2). The .NET runtime ignores SIGPIPE, nohup(1) SIGHUP, a shell SIGINT and SIGQUIT of what it starts in the
/// background, and interactive shells the signals of job control. Handlers end with exec by themselves.
/// </remarks>
internal static class SignalDefaults
{
    // HUP INT QUIT USR1 USR2 PIPE ALRM TERM CHLD TSTP TTIN TTOU XCPU XFSZ.
    private static readonly int[] s_signals = [1, 2, 3, 10, 12, Kernel.SigPipe, 14, 15, 17, 20, 21, 22, 24, 25];

    /// <summary>Adds the calls.</summary>
    internal static void Add(PlanBuilder plan)
    {
        uint byDefault = plan.Words(0, 0, 0, 0);
        foreach (int signal in s_signals)
        {
            plan.Call(SystemCall.RtSigaction, signal, byDefault, 0, 8);
        }
    }
}
