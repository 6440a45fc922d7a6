using Hull.Linux;
using Hull.Oci.Runtime;
using Hull.Runtime;
using TaskStatus = Hull.Runtime.TaskStatus;

namespace Hull.Engine.Tests;

/// <summary>A runtime whose start is over when a test says so, and whose guest can be made deaf to all but SIGKILL.</summary>
internal sealed class SlowRuntime : IRuntime, ITask
{
    private readonly TaskCompletionSource<ITask> _started = new();

    internal ManualResetEventSlim Asked { get; } = new();

    internal bool WasCancelled { get; private set; }

    internal volatile bool IsDeaf;

    /// <summary>Whether it says at once, as a container's runtime does, that there is nobody to signal.</summary>
    internal volatile bool IsOver;

    public ContainerId Id => throw new NotSupportedException();

    public int ProcessId { get; private set; }

    public TaskStatus Status => TaskStatus.Running;

    public Task<ITask> CreateAsync(Bundle bundle, CancellationToken cancellation)
    {
        cancellation.Register(() =>
        {
            WasCancelled = true;
            _started.TrySetException(new HullException(ErrorKind.Unavailable, "The machine has ended."));
        });
        Asked.Set();
        return _started.Task;
    }

    public Task<ITask> AttachAsync(ContainerId id, CancellationToken cancellation) => throw new NotSupportedException();

    /// <summary>The machine is up: a process that waits to be killed.</summary>
    internal void Complete()
    {
        ProcessId = Launcher.Start(new LaunchRequest { Path = "/bin/sleep", Arguments = ["sleep", "1000"], Descriptors = [] });
        _started.SetResult(this);
    }

    internal void Kill()
    {
        _started.TrySetException(new HullException(ErrorKind.Unavailable, "The test is over."));
        if (ProcessId != 0)
        {
            using PidFd? process = PidFd.TryOpen(ProcessId);
            _ = process?.TrySignal(Signal.Kill);
        }
    }

    public Task StartAsync(CancellationToken cancellation) => Task.CompletedTask;

    public Task SignalAsync(Signal signal, bool all, CancellationToken cancellation)
    {
        if (IsDeaf && signal != Signal.Kill)
        {
            return new TaskCompletionSource().Task;
        }

        if (IsOver && signal != Signal.Kill)
        {
            throw new HullException(ErrorKind.FailedPrecondition, "The container 'box' is not running.");
        }

        using PidFd? process = PidFd.TryOpen(ProcessId);
        _ = process?.TrySignal(signal);
        return Task.CompletedTask;
    }

    public Task<ExitStatus> WaitAsync(CancellationToken cancellation) =>
        Task.FromResult(ExitStatus.FromWaitStatus(Launcher.Wait(ProcessId)));

    public Task<TaskStatistics> GetStatisticsAsync(CancellationToken cancellation) => Task.FromResult(new TaskStatistics());

    public Task DeleteAsync(bool force, CancellationToken cancellation) => Task.CompletedTask;

    public Task<ITaskProcess> ExecAsync(ProcessSpec process, TaskStreams streams, CancellationToken cancellation) => throw new NotSupportedException();

    public Task PauseAsync(CancellationToken cancellation) => throw new NotSupportedException();

    public Task ResumeAsync(CancellationToken cancellation) => throw new NotSupportedException();

    public Task UpdateAsync(LinuxResources resources, CancellationToken cancellation) => throw new NotSupportedException();

    public Task<IReadOnlyList<int>> GetProcessIdsAsync(CancellationToken cancellation) => throw new NotSupportedException();

    public void Dispose()
    {
    }
}
