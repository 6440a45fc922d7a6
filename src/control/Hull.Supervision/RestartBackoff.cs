namespace Hull.Supervision;

/// <summary>Decides whether and when an ended container starts again.</summary>
/// <remarks>
/// Docker's rule: 100 ms, doubled each time up to a minute; a run of ten seconds begins the wait anew, but not the count of
/// <c>on-failure:N</c>, which is of all restarts.
/// </remarks>
public sealed class RestartBackoff
{
    private static readonly TimeSpan s_first = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_goodRun = TimeSpan.FromSeconds(10);

    private TimeSpan _next = s_first;
    private int _restarts;

    /// <summary>Tells the policy about an end.</summary>
    /// <param name="policy">The policy now.</param>
    /// <param name="exitCode">How it ended.</param>
    /// <param name="ran">How long it ran.</param>
    /// <param name="stoppedByUser">Whether the user wanted the end.</param>
    /// <returns>The wait before the restart; null for no restart.</returns>
    public TimeSpan? Next(RestartOrders policy, int exitCode, TimeSpan ran, bool stoppedByUser)
    {
        ArgumentNullException.ThrowIfNull(policy);
        if (ran >= s_goodRun)
        {
            _next = s_first;
        }

        bool wanted = !stoppedByUser && policy.Kind switch
        {
            RestartKind.Always or RestartKind.UnlessStopped => true,
            RestartKind.OnFailure => exitCode != 0 && (policy.MaximumRetries == 0 || _restarts < policy.MaximumRetries),
            _ => false,
        };
        if (!wanted)
        {
            return null;
        }

        TimeSpan delay = _next;
        _restarts++;
        _next = _next * 2 < s_longest ? _next * 2 : s_longest;
        return delay;
    }
}
