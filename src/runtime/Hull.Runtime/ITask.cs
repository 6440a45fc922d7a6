using Hull.Linux;
using Hull.Oci.Runtime;

namespace Hull.Runtime;

/// <summary>A created, running or stopped container or microVM.</summary>
public interface ITask : IDisposable
{
    /// <summary>Its name in the runtime.</summary>
    ContainerId Id { get; }

    /// <summary>Process id of its first process as the host sees it; 0 for a hull without one.</summary>
    int ProcessId { get; }

    /// <summary>Where it stands now; asks the kernel each time.</summary>
    TaskStatus Status { get; }

    /// <summary>Lets the waiting process go.</summary>
    Task StartAsync(CancellationToken cancellation);

    /// <summary>Starts one more process in it.</summary>
    /// <returns>The process, running.</returns>
    Task<ITaskProcess> ExecAsync(ProcessSpec process, TaskStreams streams, CancellationToken cancellation);

    /// <summary>Waits until the first process ended. Only the process that created the task learns its exit status.</summary>
    Task<ExitStatus> WaitAsync(CancellationToken cancellation);

    /// <summary>Sends a signal to the first process, or to all.</summary>
    Task SignalAsync(Signal signal, bool all, CancellationToken cancellation);

    /// <summary>Freezes every process.</summary>
    Task PauseAsync(CancellationToken cancellation);

    /// <summary>Thaws every process.</summary>
    Task ResumeAsync(CancellationToken cancellation);

    /// <summary>Changes limits while it runs; null members stay as they are.</summary>
    Task UpdateAsync(LinuxResources resources, CancellationToken cancellation);

    /// <summary>What it uses now.</summary>
    Task<TaskStatistics> GetStatisticsAsync(CancellationToken cancellation);

    /// <summary>Process ids in it, as the host sees them.</summary>
    Task<IReadOnlyList<int>> GetProcessIdsAsync(CancellationToken cancellation);

    /// <summary>Removes every trace; kills first when <paramref name="force"/> is set.</summary>
    /// <exception cref="HullException"><see cref="ErrorKind.FailedPrecondition"/> when it runs and is not forced.</exception>
    Task DeleteAsync(bool force, CancellationToken cancellation);
}
