using Hull.Engine.Logs;
using Hull.Engine.Tasks;
using Hull.Supervision;

namespace Hull.Engine.Containers;

/// <content>Logs.</content>
public sealed partial class ContainerService
{
    /// <summary>Reads a container's log, oldest first.</summary>
    /// <remarks>
    /// Following, the supervisor's output frames are only a doorbell: what is shown always comes from the file, so that
    /// nothing is shown twice or lost.
    /// </remarks>
    /// <exception cref="HullException">The container keeps no log.</exception>
    public IEnumerable<LogEntry> ReadLog(ContainerView view, LogQuery query)
    {
        ArgumentNullException.ThrowIfNull(view);
        ArgumentNullException.ThrowIfNull(query);
        return view.Row.Settings.LogDriver == "none"
            ? throw new HullException(ErrorKind.FailedPrecondition, $"The container '{view.Row.Name}' keeps no log: its log driver is none.")
            : ReadEntries(view, query);
    }

    private IEnumerable<LogEntry> ReadEntries(ContainerView view, LogQuery query)
    {
        using LogReader reader = new(Paths.LogFile(view.Row.Id));
        using TaskConnection? bell = query.Follow && (view.IsActive || view.IsStarting) ? TaskConnection.TryConnect(Paths.Socket(view.Row.Id)) : null;
        bell?.TryAttach(AttachFlags.Output | AttachFlags.Error);
        IEnumerable<LogEntry> past = reader.ReadNew().Where(entry => Fits(entry, query));
        foreach (LogEntry entry in query.Tail is { } tail ? past.TakeLast(tail) : past)
        {
            yield return entry;
        }

        bool open = bell is not null;
        while (open)
        {
            open = bell!.TryReceive(out FrameKind kind, out _) && kind != FrameKind.Exited; // Not null: open says so.
            foreach (LogEntry entry in reader.ReadNew().Where(entry => Fits(entry, query)))
            {
                yield return entry;
            }
        }
    }

    private static bool Fits(LogEntry entry, LogQuery query) =>
        (query.Since is null || entry.Time >= query.Since) && (query.Until is null || entry.Time <= query.Until);
}
