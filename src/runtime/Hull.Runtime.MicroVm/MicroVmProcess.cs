using Hull.Linux;

namespace Hull.Runtime.MicroVm;

/// <summary>One more process in a microVM.</summary>
internal sealed class MicroVmProcess : ITaskProcess, IResizable
{
    /// <summary>The exit code when the machine ended first.</summary>
    internal const int MachineGone = 255;

    private readonly ProcessWatch _watch;
    private readonly StreamPumps _pumps;

    internal MicroVmProcess(AgentConnection connection, StreamPumps pumps)
    {
        _watch = new ProcessWatch(connection);
        _pumps = pumps;
    }

    /// <summary>0: it is a process of the guest's.</summary>
    public int ProcessId => 0;

    /// <inheritdoc/>
    public async Task<ExitStatus> WaitAsync(CancellationToken cancellation)
    {
        AgentReply? reply = await _watch.Ended.WaitAsync(cancellation).ConfigureAwait(false);
        _pumps.AwaitOutput();
        return reply?.Exit is { } exit ? new ExitStatus(exit.Code, exit.Signal) : new ExitStatus(MachineGone, 0);
    }

    /// <inheritdoc/>
    public Task SignalAsync(Signal signal, CancellationToken cancellation)
    {
        _watch.Signal(signal);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Resize(WindowSize size) => _watch.Resize(size);

    /// <summary>The process goes on; only this object's part ends.</summary>
    public void Dispose()
    {
        // The watch's thread holds the connection until the process or this program ends.
    }
}
