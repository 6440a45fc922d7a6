using Hull.Linux;

namespace Hull.Runtime;

/// <summary>One more process in a task, started by <see cref="ITask.ExecAsync"/>.</summary>
public interface ITaskProcess : IDisposable
{
    /// <summary>Process id as the host sees it.</summary>
    int ProcessId { get; }

    /// <summary>Waits until it ended.</summary>
    Task<ExitStatus> WaitAsync(CancellationToken cancellation);

    /// <summary>Sends it a signal.</summary>
    Task SignalAsync(Signal signal, CancellationToken cancellation);
}
