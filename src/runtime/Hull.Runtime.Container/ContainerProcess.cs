using Hull.Linux;

namespace Hull.Runtime.Container;

/// <summary>A further process in a container, started by this process.</summary>
public sealed class ContainerProcess : ITaskProcess
{
    private readonly SpawnedProcess _process;

    internal ContainerProcess(SpawnedProcess process) => _process = process;

    /// <inheritdoc/>
    public int ProcessId => _process.ProcessId;

    /// <summary>Its pidfd: readable once it ended.</summary>
    public FileDescriptor PidFd => _process.PidFd;

    /// <summary>Waits until it ended.</summary>
    public ExitStatus Wait() => KernelProcess.Reap(ProcessId, wait: true, out int status) == ProcessId
        ? ExitStatus.FromWaitStatus(status)
        : throw new HullException(ErrorKind.FailedPrecondition, "The process's exit status was taken already.");

    /// <summary>Takes its exit status if it ended, without waiting.</summary>
    /// <returns>Null when it runs.</returns>
    public ExitStatus? TryWait() =>
        KernelProcess.Reap(ProcessId, wait: false, out int status) == ProcessId ? ExitStatus.FromWaitStatus(status) : null;

    /// <summary>Sends it a signal; one that ended is no failure.</summary>
    public void Signal(Signal signal) => _ = KernelProcess.TrySignal(PidFd, signal.Number);

    /// <inheritdoc/>
    public Task<ExitStatus> WaitAsync(CancellationToken cancellation) => Task.FromResult(Wait());

    /// <inheritdoc/>
    public Task SignalAsync(Signal signal, CancellationToken cancellation)
    {
        Signal(signal);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose() => PidFd.Dispose();
}
