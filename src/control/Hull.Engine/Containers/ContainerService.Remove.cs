using Hull.Engine.State;
using Hull.Linux;
using Hull.Runtime;
using Hull.Supervision;

namespace Hull.Engine.Containers;

/// <content>Removal, and repair of what killed processes left.</content>
public sealed partial class ContainerService
{
    private const int UnknownExitCode = 255;
    private const int KilledExitCode = 137;

    /// <summary>Removes a container with everything that is its own.</summary>
    /// <param name="view">The container.</param>
    /// <param name="force">Whether to kill it first.</param>
    /// <param name="volumes">Whether its anonymous volumes go with it.</param>
    /// <exception cref="HullException">It runs and may not be killed.</exception>
    public void Remove(ContainerView view, bool force, bool volumes)
    {
        ArgumentNullException.ThrowIfNull(view);
        ContainerRow row = view.Row;
        if (force)
        {
            Stop(view, seconds: 0, Signal.Kill);
        }

        if (force ? _store.TryBeginRemoval(row.Id) : TryBeginRemovalOfEnded(view))
        {
            FinishRemoval(row, volumes || row.Settings.AutoRemove);
        }
        else
        {
            AwaitRemoval(row);
        }
    }

    // Somebody else removes it already. Whoever asked for the same wants to use its name, or its disk, next.
    private void AwaitRemoval(ContainerRow row)
    {
        const int LookMs = 5;
        long end = Environment.TickCount64 + (DefaultStopSeconds * 1000);
        while (_store.FindById(row.Id) is { } left && StateStore.OwnerLives(left) && Environment.TickCount64 < end)
        {
            // Not its lock: taking that would make a file in the directory that goes away.
            using PidFd? remover = PidFd.TryOpen(left.OwnerPid);
            _ = remover?.Wait(LookMs);
        }

        FinishInterrupted();
    }

    // Whoever starts it holds the lock, and once its removal has begun nobody starts it.
    private bool TryBeginRemovalOfEnded(ContainerView view)
    {
        RequireEnded(view);
        if (!Directory.Exists(Paths.ContainerDirectory(view.Row.Id)))
        {
            return _store.TryBeginRemoval(view.Row.Id);
        }

        using FileLock guard = LockOf(view.Row.Id);
        RequireEnded(view with { Record = TaskFiles.ReadRecord(Paths.ContainerDirectory(view.Row.Id)) });
        return _store.TryBeginRemoval(view.Row.Id);
    }

    private static void RequireEnded(ContainerView view)
    {
        if (view.IsActive || view.IsStarting)
        {
            string stands = view.IsStarting ? "starting" : view.Record.State.ToString().ToLowerInvariant();
            throw new HullException(
                ErrorKind.FailedPrecondition, $"The container '{view.Row.Name}' is {stands}: stop it first or remove it with --force.");
        }
    }

    /// <summary>Removes containers that do not run, and keeps their volumes.</summary>
    /// <param name="fits">Which of them.</param>
    /// <returns>Their identifiers, and the bytes they wrote to their own files.</returns>
    public (IReadOnlyList<string> Ids, long Bytes) Prune(Func<ContainerView, bool> fits)
    {
        ArgumentNullException.ThrowIfNull(fits);
        List<string> removed = [];
        long bytes = 0;
        foreach (ContainerView listed in List().Where(view => !view.IsActive && fits(view)))
        {
            // Removing thousands takes seconds: somebody may have started this one meanwhile.
            try
            {
                long own = OwnBytes(listed);
                Remove(Refresh(listed), force: false, volumes: false);
                removed.Add(listed.Row.Id);
                bytes += own;
            }
            catch (HullException error) when (error.Kind == ErrorKind.FailedPrecondition)
            {
                // It runs.
            }
        }

        return (removed, bytes);
    }

    /// <summary>Finishes or takes back what killed processes left half done. Costs one query when there is nothing.</summary>
    public void FinishInterrupted()
    {
        foreach (ContainerRow row in _store.ListUnfinished())
        {
            if (!StateStore.OwnerLives(row) && _store.TryBeginRemoval(row.Id))
            {
                FinishRemoval(row, volumes: row.Phase == ContainerPhase.Creating);
            }
        }
    }

    private void FinishRemoval(ContainerRow row, bool volumes)
    {
        string directory = Paths.ContainerDirectory(row.Id);
        Directory.CreateDirectory(directory);
        using (LockOf(row.Id))
        {
            if (Directory.Exists(Paths.TaskDirectory(row.Id)))
            {
                EndTask(row, TaskFiles.ReadRecord(directory));
                RemoveTaskDirectory(row.Id);
            }

            IReadOnlyList<string> own = volumes
                ? [.. row.Settings.Mounts.Where(mount => mount.IsAnonymous).Select(mount => mount.Source)]
                : [];
            _images.Roots.Remove(row.Id);
            HostTree.Delete(directory);
            _store.Remove(row.Id);
            _volumes.RemoveUnused(own);
        }

        Publish("destroy", row);
    }

    private ContainerView View(ContainerRow row)
    {
        string directory = Paths.ContainerDirectory(row.Id);
        TaskRecord record = TaskFiles.ReadRecord(directory);
        bool claimed = record.State is TaskState.Running or TaskState.Paused or TaskState.Restarting;
        bool started = claimed || Directory.Exists(Paths.TaskDirectory(row.Id));
        if (started && !ProcessIdentity.SupervisorLives(record))
        {
            record = Repair(row, record, directory);
        }

        return new ContainerView(row, record);
    }

    // Another process that holds the lock is starting or removing it: not ours to repair.
    private TaskRecord Repair(ContainerRow row, TaskRecord seen, string directory)
    {
        if (!Directory.Exists(directory))
        {
            return seen;
        }

        using FileLock? guard = FileLock.TryExclusive(Path.Combine(directory, LockName));
        if (guard is null)
        {
            return seen;
        }

        TaskRecord record = TaskFiles.ReadRecord(directory);
        return ProcessIdentity.SupervisorLives(record) ? record : RepairLocked(row, record);
    }

    private TaskRecord RepairLocked(ContainerRow row, TaskRecord record)
    {
        string directory = Paths.ContainerDirectory(row.Id);
        bool killed = EndTask(row, record);
        RemoveTaskDirectory(row.Id);
        if (record.State is not (TaskState.Running or TaskState.Paused or TaskState.Restarting))
        {
            return record;
        }

        TaskRecord repaired = record with
        {
            State = TaskState.Exited,
            Pid = 0,
            SupervisorPid = 0,
            ExitCode = killed ? KilledExitCode : record.State == TaskState.Restarting ? record.ExitCode : UnknownExitCode,
            Error = record.BootId == ProcessIdentity.BootId ? "The container's supervisor was killed." : "The host went down.",
            FinishedAt = _options.Clock.GetUtcNow(),
        };
        TaskFiles.WriteRecord(directory, repaired);
        Publish("die", row);
        if (row.Settings.AutoRemove)
        {
            // The caller holds the lock: the rest of the removal is done by the next command's FinishInterrupted.
            _ = _store.TryBeginRemoval(row.Id);
        }

        return repaired;
    }

    /// <summary>Ends whatever the kernel still has of a container.</summary>
    /// <returns>Whether something was running.</returns>
    private bool EndTask(ContainerRow row, TaskRecord record)
    {
        if (ProcessIdentity.SupervisorLives(record))
        {
            // It was asked to end and did not: it must not write to a directory that goes away.
            using PidFd? supervisor = PidFd.TryOpen(record.SupervisorPid);
            _ = supervisor?.TrySignal(Signal.Kill);
            supervisor?.Wait(DefaultStopSeconds * 1000);
        }

        IRuntime runtime = RuntimeOf(row);
        bool runs = RunsWithoutSupervisor(runtime, row);
        runtime.DeleteAsync(ContainerId.Parse(row.Id), CancellationToken.None).GetAwaiter().GetResult();
        return runs;
    }

    private static bool RunsWithoutSupervisor(IRuntime runtime, ContainerRow row)
    {
        try
        {
            using ITask task = runtime.AttachAsync(ContainerId.Parse(row.Id), CancellationToken.None).GetAwaiter().GetResult();
            return task.Status is Hull.Runtime.TaskStatus.Running or Hull.Runtime.TaskStatus.Paused;
        }
        catch (HullException)
        {
            // There is none, or its making was interrupted: then nothing of the user's ran.
            return false;
        }
    }

    private void RemoveTaskDirectory(string id)
    {
        string directory = Paths.TaskDirectory(id);
        if (Directory.Exists(directory))
        {
            HostTree.Delete(directory);
        }
    }
}
