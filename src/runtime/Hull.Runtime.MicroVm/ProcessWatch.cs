using Hull.Linux;

namespace Hull.Runtime.MicroVm;

/// <summary>Listens on the connection that made a process until the guest tells how it ended.</summary>
internal sealed class ProcessWatch : IDisposable
{
    // A guest that has told how its container ended has little left to do; a disk may have to be written.
    private const int PowerOffTimeoutMs = 60_000;

    private readonly AgentConnection _connection;
    private readonly PidFd? _machine;
    private readonly TaskCompletionSource<AgentReply?> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="connection">The connection; stays open until the end was heard.</param>
    /// <param name="machine">What has no reason to go on once this process has ended; null for one of several.</param>
    internal ProcessWatch(AgentConnection connection, PidFd? machine = null)
    {
        _connection = connection;
        _machine = machine;
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
        if (last?.Exit is not null)
        {
            EndMachine();
        }
    }

    // A guest that says that it is over, and is not, would be a container that nobody sees the end of.
    private void EndMachine()
    {
        try
        {
            if (_machine?.Wait(PowerOffTimeoutMs) == false)
            {
                _ = _machine.TrySignal(Linux.Signal.Kill);
            }
        }
        catch (ObjectDisposedException)
        {
            // Whoever waited for the machine saw its end first.
        }
    }
}
