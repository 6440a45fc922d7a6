using Hull.Supervision;

namespace Hull.Engine.Containers;

/// <content>After the host started.</content>
public sealed partial class ContainerService
{
    /// <summary>Starts every container whose restart policy wants it to run after the host started; once a boot.</summary>
    /// <remarks>
    /// As Docker's daemon when it starts: <c>always</c> whatever stopped it, <c>unless-stopped</c> unless it was stopped by
    /// hand, <c>on-failure</c> when it failed or went down with the host. One that was never started stays as it is.
    /// </remarks>
    /// <param name="again">Whether to do it though it was done in this boot already.</param>
    /// <param name="report">Gets each container and why it could not be started; null when it was.</param>
    public void StartByPolicy(bool again, Action<ContainerView, HullException?> report)
    {
        ArgumentNullException.ThrowIfNull(report);
        string done = File.Exists(Paths.BootMark) ? File.ReadAllText(Paths.BootMark) : "";
        IReadOnlyList<ContainerView> all = List();
        if (done == ProcessIdentity.BootId && !again)
        {
            return;
        }

        // Before the first start: a container that takes this process down must not be started for ever.
        File.WriteAllText(Paths.BootMark, ProcessIdentity.BootId);
        foreach (ContainerView view in all.Reverse().Where(IsWantedAfterBoot))
        {
            try
            {
                Start(view, AttachFlags.None)?.Dispose();
                report(view, null);
            }
            catch (HullException error)
            {
                report(view, error);
            }
        }
    }

    internal static bool IsWantedAfterBoot(ContainerView view)
    {
        TaskRecord record = view.Record;
        return !view.IsActive && record.StartedAt is not null && view.Row.Settings.Restart.Kind switch
        {
            RestartKind.Always => true,
            RestartKind.UnlessStopped => !record.StoppedByUser,
            RestartKind.OnFailure => record.ExitCode != 0 && !record.StoppedByUser,
            _ => false,
        };
    }
}
