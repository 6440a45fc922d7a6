using Hull.Linux;

namespace Hull.Runtime.MicroVm;

/// <summary>Listens on the connection that made a process until the guest tells how it ended.</summary>
internal sealed class ProcessWatch : IDisposable
{
    private readonly AgentConnection _connection;
    private readonly TaskCompletionSource<AgentReply?> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal ProcessWatch(AgentConnection connection)
    {
        _connection = connection;
        Thread thread = new(Listen, 128 * 1024) { IsBackground = true, Name = "guest process" };
        thread.Start();
    }

    /// <summary>The last word about the process; null when the machine ended without one.</summary>
    internal Task<AgentReply?> Ended => _ended.Task;

    internal void Resize(WindowSize size) =>
        _connection.Send(new AgentRequest { Verb = AgentVerb.Resize, Rows = size.Rows, Columns = size.Columns });

    internal void Signal(Signal signal) => _connection.Send(new AgentRequest { Verb = AgentVerb.Signal, Signal = signal.Number });

    public void Dispose() => _connection.Acknowledge();

    private void Listen()
    {
        AgentReply? last = null;
        try
        {
            while (last?.Exit is null && _connection.Receive() is { } reply)
            {
                last = reply;
            }
        }
        catch (HullException)
        {
            // A guest that speaks another language has nothing more to say.
            last = null;
        }

        _connection.Acknowledge();
        _ended.TrySetResult(last?.Exit is null ? null : last);
    }
}
