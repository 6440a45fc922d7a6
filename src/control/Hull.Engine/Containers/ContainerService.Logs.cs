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
        TaskConnection? bell = query.Follow ? Bell(view) : null;
        try
        {
            IEnumerable<LogEntry> past = reader.ReadNew().Where(entry => Fits(entry, query));
            foreach (LogEntry entry in query.Tail is { } tail ? past.TakeLast(tail) : past)
            {
                yield return entry;
            }

            while (bell is not null)
            {
                bool rang = bell.TryReceive(out FrameKind kind, out _);
                if (!rang || kind == FrameKind.Exited)
                {
                    // A reader that was slow was let go: the log has it all, and there may be more to come.
                    bell.Dispose();
                    bell = rang ? null : Bell(Refresh(view));
                }

                foreach (LogEntry entry in reader.ReadNew().Where(entry => Fits(entry, query)))
                {
                    yield return entry;
                }
            }
        }
        finally
        {
            bell?.Dispose();
        }
    }

    // Rings at once, since output between the look at the log and the attaching would ring nobody, and with every output; null when there
    // will be none.
    private TaskConnection? Bell(ContainerView view)
    {
        TaskConnection? bell = view.IsActive || view.IsStarting ? TaskConnection.TryConnect(Paths.Socket(view.Row.Id)) : null;
        if (bell?.TryAttach(AttachFlags.Output | AttachFlags.Error | AttachFlags.Announced) == false)
        {
            bell.Dispose();
            return null;
        }

        return bell;
    }

    private static bool Fits(LogEntry entry, LogQuery query) =>
        (query.Since is null || entry.Time >= query.Since) && (query.Until is null || entry.Time <= query.Until);
}
