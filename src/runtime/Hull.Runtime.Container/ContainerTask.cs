using System.Buffers.Binary;
using Hull.Linux;
using Hull.Oci.Runtime;
using Hull.Runtime.Container.Cgroups;
using Hull.Runtime.Container.Checkpoint;
using Hull.Runtime.Container.ResourceControl;
using Hull.Runtime.Container.Spawn;
using Hull.Runtime.Container.Systemd;

namespace Hull.Runtime.Container;

/// <summary>A container that exists: created, running, paused or stopped.</summary>
/// <remarks>Not thread-safe. Methods that change it take the container's lock.</remarks>
public sealed class ContainerTask : ITask
{
    private const int RecordBytes = 24;

    private readonly string _stateDirectory;
    private readonly FileDescriptor? _pidFd;
    private readonly bool _isParent;
    private readonly IRuntimeLog? _log;
    private Cgroup? _cgroup;

    internal ContainerTask(string stateDirectory, ContainerRecord record, FileDescriptor? pidFd, IRuntimeLog? log = null)
    {
        _log = log;
        _stateDirectory = stateDirectory;
        Record = record;
        _isParent = pidFd is not null;
        _pidFd = pidFd ?? OpenProcess(record);
    }

    /// <summary>What is written down about it.</summary>
    public ContainerRecord Record { get; }

    /// <inheritdoc/>
    public ContainerId Id => Record.Id;

    /// <inheritdoc/>
    public int ProcessId => Record.ProcessId;

    /// <summary>The first process's pidfd: readable once it ended. Null when it ended before this object was made.</summary>
    public FileDescriptor? PidFd => _pidFd;

    /// <inheritdoc/>
    public TaskStatus Status
    {
        get
        {
            if (_pidFd is null || KernelProcess.WaitReadable(_pidFd, 0))
            {
                return TaskStatus.Stopped;
            }

            if (Cgroup is { IsFrozen: true })
            {
                return TaskStatus.Paused;
            }

            // Only a process that waits for start holds the reading end of its pipe.
            using FileDescriptor? pipe = OpenStartPipe(out _);
            return pipe is null ? TaskStatus.Running : TaskStatus.Created;
        }
    }

    private string DirectoryPath => _stateDirectory + "/" + Id;

    /// <summary>Lets the waiting process go, and returns once it is the user's program.</summary>
    /// <returns>False when the configuration names no program: the container has ended.</returns>
    /// <exception cref="HullException">It does not wait, or cannot be executed.</exception>
    public bool Start()
    {
        using ContainerDirectory directory = ContainerDirectory.Open(_stateDirectory, Id);
        using FileDescriptor? report = HostFile.TryOpen(directory.ReportPipePath, HostFile.ReadOnly | HostFile.NonBlocking, out _);
        using FileDescriptor? pipe = OpenStartPipe(out _);
        if (pipe is null || report is null || _pidFd is null)
        {
            throw new HullException(
                ErrorKind.FailedPrecondition,
                Status == TaskStatus.Stopped
                    ? $"The container '{Id}' cannot be started: it is stopped."
                    : $"The container '{Id}' cannot be started: it is not in the state created.");
        }

        _ = HostFile.TryWrite(pipe, "+"u8);
        Span<byte> record = stackalloc byte[RecordBytes];
        _ = KernelProcess.WaitReadable(report, -1);
        while (HostFile.Read(report, record) == RecordBytes)
        {
            if (BinaryPrimitives.ReadInt64LittleEndian(record) != (long)SyncMessage.StartHooks)
            {
                throw FailureOf(record);
            }

            RunStartHooks(directory, pipe);
            _ = KernelProcess.WaitReadable(report, -1);
        }

        _ = HostFile.TryRemoveFile(directory.StartPipePath);
        _ = HostFile.TryRemoveFile(directory.ReportPipePath);
        RunPoststart(directory);
        return Mentions(directory, "\"process\""u8);
    }

    private void RunStartHooks(ContainerDirectory directory, FileDescriptor pipe)
    {
        RuntimeSpec? spec = ContainerRuntime.ReadSpecification(directory.ConfigurationPath);
        try
        {
            if (spec?.Process is ProcessSpec process)
            {
                HookRunner.RunInside(spec.Hooks?.StartContainer, StateFor("created"), this, process, DirectoryPath, _log);
            }
        }
        catch
        {
            // A failed hook stops the container: runtime.md, "Lifecycle".
            _ = KernelProcess.TrySignal(_pidFd!, Hull.Linux.Signal.Kill.Number);
            throw;
        }

        _ = HostFile.TryWrite(pipe, "+"u8);
    }

    private void RunPoststart(ContainerDirectory directory)
    {
        if (Record.HasHooks)
        {
            RuntimeSpec? spec = ContainerRuntime.ReadSpecification(directory.ConfigurationPath);
            try
            {
                HookRunner.Run(spec?.Hooks?.Poststart, StateFor("running"), null, 0, mayFail: false, "poststart");
            }
            catch
            {
                // A failed hook stops the container: runtime.md 1.2, "Lifecycle", step 10.
                _ = KernelProcess.TrySignal(_pidFd!, Hull.Linux.Signal.Kill.Number);
                throw;
            }
        }
    }

    private static bool Mentions(ContainerDirectory directory, ReadOnlySpan<byte> name) =>
        HostFile.ReadAll(directory.ConfigurationPath).AsSpan().IndexOf(name) >= 0;

    private byte[] StateFor(string status) =>
        HookRunner.State(Record.OciVersion, Id, status, ProcessId, Record.BundleDirectory, Record.Annotations);

    /// <summary>Sends a signal to the first process.</summary>
    /// <exception cref="HullException">It ended.</exception>
    public void Signal(Signal signal, bool all)
    {
        // Without a pid namespace of its own, the first process's end does not end the others.
        if ((all || (signal == Linux.Signal.Kill && !HasOwnPidNamespace())) && Cgroup is Cgroup group)
        {
            if (signal.Number == 9)
            {
                group.KillAll();
            }
            else
            {
                group.SignalAll(signal);
            }

            return;
        }

        // A process that ended takes signals until it is reaped. Asked before, not after: the signal may be what ends it.
        bool ended = _pidFd is null || KernelProcess.WaitReadable(_pidFd, 0);
        Errno error = ended ? Errno.Srch : KernelProcess.TrySignal(_pidFd!, signal.Number);
        if (error == Errno.Srch)
        {
            throw new HullException(ErrorKind.FailedPrecondition, $"The container '{Id}' is not running: container not running.");
        }

        if (error != Errno.None)
        {
            throw new LinuxException("pidfd_send_signal", Id.ToString(), error);
        }
    }

    private bool HasOwnPidNamespace()
    {
        IReadOnlyList<NamespaceSpec> namespaces = ReadSpecification().Linux?.Namespaces ?? [];
        for (int i = 0; i < namespaces.Count; i++)
        {
            if (namespaces[i].Type == "pid")
            {
                return string.IsNullOrEmpty(namespaces[i].Path);
            }
        }

        return false;
    }

    /// <summary>Its cgroup; null when it has none.</summary>
    public Cgroup? Cgroup => Record.Cgroups.Count == 0 ? null : _cgroup ??= Cgroups.Cgroup.Open(CgroupHost.Current, Record.Cgroups);

    /// <summary>Its group of the resctrl file system; null when it has none.</summary>
    public ResourceControlGroup? ResourceControl => ResourceControlGroup.FromRecord(Record.ResourceControl);

    /// <summary>Starts one more process in it; the process is its program when this returns.</summary>
    /// <param name="process">What to run.</param>
    /// <param name="streams">Its streams.</param>
    /// <param name="ignorePaused">Whether a paused container is no failure; the process then waits with the others.</param>
    /// <param name="subgroups">Cgroups below the container's to join; see <see cref="Cgroups.Cgroup.JoinFilesBelow"/>.</param>
    /// <exception cref="HullException">The container does not run, or the process cannot be started.</exception>
    public ContainerProcess Exec(
        ProcessSpec process, TaskStreams streams, bool ignorePaused = false, IReadOnlyList<string>? subgroups = null)
    {
        ArgumentNullException.ThrowIfNull(process);
        ArgumentNullException.ThrowIfNull(streams);
        SpecificationCheck.Check(process);
        SpecificationRules.Check(process);
        TaskStatus status = Status;
        if (status == TaskStatus.Stopped || (status == TaskStatus.Paused && !ignorePaused))
        {
            throw new HullException(
                ErrorKind.FailedPrecondition, $"No process can be started in the container '{Id}': cannot exec in a {Name(status)} container.");
        }

        return new ProcessStart(this, process, streams, subgroups ?? [], _log).Run(DirectoryPath);
    }

    /// <summary>Reads the specification it was made from.</summary>
    /// <exception cref="HullException">It is gone or damaged.</exception>
    public RuntimeSpec ReadSpecification() => ContainerRuntime.ReadSpecification(DirectoryPath + "/config.json")
        ?? throw new HullException(ErrorKind.DataLoss, $"The specification of the container '{Id}' is damaged.");

    /// <summary>Freezes every process.</summary>
    /// <exception cref="HullException">It does not run, or has no cgroup.</exception>
    public void Pause()
    {
        if (Status is not (TaskStatus.Running or TaskStatus.Created))
        {
            throw new HullException(ErrorKind.FailedPrecondition, $"The container '{Id}' cannot be paused: it is {Name(Status)}.");
        }

        RequireCgroup().Freeze();
    }

    /// <summary>Thaws every process.</summary>
    /// <exception cref="HullException">It is not paused.</exception>
    public void Resume()
    {
        if (Status != TaskStatus.Paused)
        {
            throw new HullException(ErrorKind.FailedPrecondition, $"The container '{Id}' cannot be resumed: it is {Name(Status)}, not paused.");
        }

        RequireCgroup().Thaw();
    }

    /// <summary>Saves it through CRIU; it has ended afterwards unless the options say that it goes on.</summary>
    /// <exception cref="HullException">It does not run, or CRIU is missing or cannot save it.</exception>
    public void Checkpoint(CheckpointOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        using var directory = ContainerDirectory.Open(_stateDirectory, Id);
        TaskStatus status = Status;
        if (status is not (TaskStatus.Running or TaskStatus.Paused))
        {
            throw new HullException(
                ErrorKind.FailedPrecondition, $"The container '{Id}' cannot be saved: cannot checkpoint a {Name(status)} container.");
        }

        new ContainerCheckpoint(this, options).Run();
        if (!options.LeaveRunning && !options.PreDump)
        {
            _ = KernelProcess.WaitReadable(_pidFd!, 10_000);
        }
    }

    /// <summary>Changes limits; null members, and the device rules, stay as they are.</summary>
    /// <exception cref="HullException">One limit was refused; those before it are in force.</exception>
    public void Update(LinuxResources resources)
    {
        ArgumentNullException.ThrowIfNull(resources);
        if (Record.SystemdUnit.Length > 0)
        {
            SystemdUnit.Update(Record.SystemdUnit, resources);
        }

        RequireCgroup().Apply(resources);
    }

    /// <summary>Waits until the first process ended, and takes its status. Only its parent can.</summary>
    public ExitStatus Wait()
    {
        return _isParent && KernelProcess.Reap(ProcessId, wait: true, out int status) == ProcessId
            ? ExitStatus.FromWaitStatus(status)
            : throw new HullException(ErrorKind.FailedPrecondition, $"Only the process that made the container '{Id}' learns its exit status.");
    }

    /// <summary>Takes the exit status if the first process ended, without waiting.</summary>
    /// <returns>Null when it runs.</returns>
    public ExitStatus? TryWait() =>
        KernelProcess.Reap(ProcessId, wait: false, out int status) == ProcessId ? ExitStatus.FromWaitStatus(status) : null;

    /// <inheritdoc/>
    public void Dispose() => _pidFd?.Dispose();

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellation)
    {
        Start();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<ITaskProcess> ExecAsync(ProcessSpec process, TaskStreams streams, CancellationToken cancellation) =>
        Task.FromResult<ITaskProcess>(Exec(process, streams));

    /// <inheritdoc/>
    public Task<ExitStatus> WaitAsync(CancellationToken cancellation) => Task.FromResult(Wait());

    /// <inheritdoc/>
    public Task SignalAsync(Signal signal, bool all, CancellationToken cancellation)
    {
        Signal(signal, all);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task PauseAsync(CancellationToken cancellation)
    {
        Pause();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task ResumeAsync(CancellationToken cancellation)
    {
        Resume();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task UpdateAsync(LinuxResources resources, CancellationToken cancellation)
    {
        Update(resources);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<TaskStatistics> GetStatisticsAsync(CancellationToken cancellation) => Task.FromResult(RequireCgroup().GetStatistics());

    /// <inheritdoc/>
    public Task<IReadOnlyList<int>> GetProcessIdsAsync(CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<int>>(RequireCgroup().GetProcessIds(all: true));

    /// <inheritdoc/>
    public Task DeleteAsync(bool force, CancellationToken cancellation)
    {
        new ContainerRuntime(_stateDirectory).Delete(Id, force);
        return Task.CompletedTask;
    }

    /// <summary>Makes sure that the container may be removed; the caller holds the lock.</summary>
    internal void EndForDelete(bool force)
    {
        TaskStatus status = Status;
        if (!force && status is not (TaskStatus.Created or TaskStatus.Stopped))
        {
            throw new HullException(
                ErrorKind.FailedPrecondition, $"The container '{Id}' cannot be deleted: it is {Name(status)}, not stopped.");
        }

        if (status != TaskStatus.Stopped)
        {
            _ = KernelProcess.TrySignal(_pidFd!, 9);
            if (status == TaskStatus.Paused)
            {
                // A frozen process takes its signal only when it is thawed.
                Cgroup!.Thaw();
            }

            _ = KernelProcess.WaitReadable(_pidFd!, 10_000);
            _ = KernelProcess.Reap(ProcessId, wait: false, out _);
        }

        // Without a pid namespace of its own, other processes survive the first one.
        if (Record.SystemdUnit.Length > 0)
        {
            Cgroup?.KillAll();
            SystemdUnit.Stop(Record.SystemdUnit);
        }

        Cgroup?.KillAndDelete();
        ResourceControl?.Delete();
    }

    /// <summary>The state's name as the specification has it.</summary>
    public static string Name(TaskStatus status) => status switch
    {
        TaskStatus.Creating => "creating",
        TaskStatus.Created => "created",
        TaskStatus.Running => "running",
        TaskStatus.Paused => "paused",
        _ => "stopped",
    };

    /// <summary>Its cgroup.</summary>
    /// <exception cref="HullException">It was made without one.</exception>
    public Cgroup RequireCgroup() => Cgroup ?? throw new HullException(
        ErrorKind.FailedPrecondition, $"The container '{Id}' has no cgroup of its own: its user may make none, or the cgroup manager was 'disabled'.");

    private ProgramException FailureOf(ReadOnlySpan<byte> record)
    {
        // The plan is gone with its maker. What can still fail is little, and the last step is by far the likeliest.
        var error = (Errno)BinaryPrimitives.ReadInt32LittleEndian(record[16..]);
        string text = LinuxException.TextOf(error);
        return new ProgramException(
            LinuxException.KindOf(error),
            $"exec: \"{ReadSpecification().Process?.Args?[0]}\": {char.ToLowerInvariant(text[0])}{text[1..]}.");
    }

    private static FileDescriptor? OpenProcess(ContainerRecord record)
    {
        FileDescriptor? pidFd = KernelProcess.TryOpen(record.ProcessId, out _);
        if (pidFd is not null && (HostFile.TryStat(pidFd, out HostFileStatus status) != Errno.None || status.Inode != record.ProcessIdentity))
        {
            // The number belongs to another process by now.
            pidFd.Dispose();
            return null;
        }

        return pidFd;
    }

    private FileDescriptor? OpenStartPipe(out Errno error) =>
        HostFile.TryOpen(ContainerDirectory.StartPipeIn(DirectoryPath), HostFile.WriteOnly | HostFile.NonBlocking, out error);
}
