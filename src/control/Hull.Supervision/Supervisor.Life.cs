using System.Globalization;
using System.Text;
using Hull.Linux;
using Hull.Oci.Runtime;
using Hull.Runtime;

namespace Hull.Supervision;

/// <content>Start, output, end, restart.</content>
public sealed partial class Supervisor
{
    private const int StartFailed = 125;
    private const int Killed = 137;
    private const int SignalBase = 128;

    // A container's start needs no waiting and is over when this returns; a machine's is waited for by the loop.
    private void TryStart(bool isRestart)
    {
        Task<TaskStart> begun;
        try
        {
            _log ??= new LogFile(_orders.Log, _clock);
            _startAbort = new CancellationTokenSource();
            begun = TaskStart.BeginAsync(_runtime, _orders, _directory, _startAbort.Token);
        }
        catch (HullException error)
        {
            begun = Task.FromException<TaskStart>(error);
        }

        _isStarting = true;
        _errands.Await(begun, error => FinishStart(begun, error, isRestart));
    }

    private void FinishStart(Task<TaskStart> begun, HullException? error, bool isRestart)
    {
        _isStarting = false;
        _startAbort?.Dispose();
        _startAbort = null;
        if (error is null && _abortCode is null)
        {
            OnStarted(begun.Result, isRestart);
            return;
        }

        if (error is null)
        {
            begun.Result.Abandon();
        }

        StopWatching();
        int code = _abortCode ?? ExitCodeOf(error!); // One of both: the other way out has returned.
        HullException told = _abortCode is null
            ? error!
            : new HullException(ErrorKind.FailedPrecondition, $"The container '{_orders.Name}' was ended while it was starting{LastLinesOf(error)}.");
        Save(_record with
        {
            State = isRestart || _record.StartedAt is not null || _abortCode is not null ? TaskState.Exited : TaskState.Created,
            Pid = 0,
            SupervisorPid = 0,
            ExitCode = code,
            Error = _abortCode is null ? told.Message : "",
            FinishedAt = _abortCode is null ? _record.FinishedAt : _clock.GetUtcNow(),
        });
        if (_abortCode is not null)
        {
            PublishEnd(_clock.GetUtcNow(), code);
        }

        foreach (ClientConnection client in _clients.Where(client => client.WaitsForStart))
        {
            client.SendFailure(told.Kind, code, told.Message);
        }

        FinishForGood();
    }

    /// <summary>Gives a start up that waits for its machine: nothing of the program's has run.</summary>
    private void AbortStart(int signal)
    {
        _abortCode ??= SignalBase + signal;
        _startAbort?.Cancel();
    }

    private void OnStarted(TaskStart start, bool isRestart)
    {
        _running = start;
        _ended = false;
        Watch(start);
        if (_size is { } size && start.IsTerminal)
        {
            SetSize(size);
        }

        if (_inputLeft)
        {
            EndInput();
        }

        _tidyAtMs = Environment.TickCount64 + TidyAfterMs;
        if (_orders.Health is { } health)
        {
            ProcessSpec template = _orders.Spec.Process ?? new ProcessSpec();
            _health = new HealthMonitor(health, start.Task, template, _clock, _epoll, _errands, HealthProcessKey, HealthOutputKey);
        }

        Save(new TaskRecord
        {
            State = TaskState.Running,
            Pid = start.Task.ProcessId,
            SupervisorPid = Environment.ProcessId,
            SupervisorStart = _ownStart,
            BootId = ProcessIdentity.BootId,
            StartedAt = _clock.GetUtcNow(),
            FinishedAt = _record.FinishedAt,
            RestartCount = isRestart ? _record.RestartCount + 1 : 0,
            Health = _health?.Record,
        });
        Publish("start");
        foreach (ClientConnection client in _clients.Where(client => client.WaitsForStart))
        {
            client.WaitsForStart = false;
            client.Send(FrameKind.Done, []);
        }
    }

    private void Watch(TaskStart start)
    {
        _outputWatched = true;
        if (start.Output is not null)
        {
            _epoll.Add(start.Output, PollEvents.In, OutputKey);
        }

        if (start.Error is not null)
        {
            _epoll.Add(start.Error, PollEvents.In, ErrorKey);
        }

        FileDescriptor? input = start.IsTerminal ? start.Output : start.Input;
        if (start.IsTerminal && input is not null)
        {
            // The same open file cannot be in one set twice; a duplicate carries the "room to write" events.
            _input = new TaskInput(DescriptorIo.Duplicate(input), _epoll, InputKey, owns: true);
        }
        else if (input is not null)
        {
            _input = new TaskInput(input, _epoll, InputKey, owns: true);
        }

        if (start.Process is null)
        {
            _ended = true;
        }
        else
        {
            _epoll.Add(start.Process.Descriptor, PollEvents.In, ProcessKey);
        }
    }

    // Closing the descriptors takes them out of the epoll set.
    private void StopWatching()
    {
        _health?.Dispose();
        _health = null;
        _input?.Dispose();
        _input = null;
        _running?.Dispose();
        _running = null;
        _ended = false;
        _killAtMs = long.MaxValue;
    }

    /// <summary>Moves one chunk from the container to the log and the clients.</summary>
    /// <returns>Whether there may be more at once.</returns>
    private bool Pump(FileDescriptor? source, bool error)
    {
        if (source is null || source.IsClosed || _clients.Exists(client => client.HoldsBackOutput))
        {
            return false;
        }

        if (!DescriptorIo.TryRead(source, _buffer, out int count))
        {
            return false;
        }

        if (count == 0)
        {
            // The end: for a terminal also for good, its last program has closed it.
            if (_outputWatched)
            {
                _epoll.Remove(source);
            }

            source.Dispose();
            return false;
        }

        PassOn(_buffer.AsSpan(0, count), error);
        return true;
    }

    // What no process of the container says, but whoever ran it must know.
    private void Say(string line) => PassOn(Encoding.UTF8.GetBytes(line), error: !_running!.IsTerminal);

    private void PassOn(ReadOnlySpan<byte> data, bool error)
    {
        _log?.Append(error, data);
        AttachFlags wanted = error ? AttachFlags.Error : AttachFlags.Output;
        foreach (ClientConnection client in _clients)
        {
            if (client.Flags.HasFlag(wanted))
            {
                client.Send(error ? FrameKind.Error : FrameKind.Output, data);
            }
        }
    }

    /// <summary>Holds back output or input where a reader is full, and finishes an end once all output went through.</summary>
    private void UpdateFlow()
    {
        bool held = _clients.Exists(client => client.HoldsBackOutput);
        WatchOutput(!held);
        bool full = _input?.IsFull ?? false;
        foreach (ClientConnection client in _clients)
        {
            client.SetReceiving(!full || !client.Flags.HasFlag(AttachFlags.Input));
        }

        if (_ended && _running is not null && !held)
        {
            while (Pump(_running.Output, error: false) || Pump(_running.Error, error: true))
            {
                if (_clients.Exists(client => client.HoldsBackOutput))
                {
                    return;
                }
            }

            OnEnded();
        }
    }

    private void WatchOutput(bool enabled)
    {
        if (_running is null || enabled == _outputWatched)
        {
            return;
        }

        _outputWatched = enabled;
        Rewatch(_running.Output, OutputKey, enabled);
        Rewatch(_running.Error, ErrorKey, enabled);
    }

    // Removed, not just masked: a hang-up is reported whatever one asks for, and would spin the loop.
    private void Rewatch(FileDescriptor? fd, ulong key, bool enabled)
    {
        if (fd is null || fd.IsClosed)
        {
            return;
        }

        if (enabled)
        {
            _epoll.Add(fd, PollEvents.In, key);
        }
        else
        {
            _epoll.Remove(fd);
        }
    }

    // Who ends a machine that does not come up wants to know how far it came.
    private static string LastLinesOf(HullException? error) =>
        error is NotUpException { LastLines.Length: > 0 } notUp ? $"; its guest's last lines were: {notUp.LastLines}" : "";

    private void OnEnded()
    {
        ITask task = _running!.Task; // The only caller checked it.
        int code = task.WaitAsync(CancellationToken.None).GetAwaiter().GetResult().Code;
        if (task is IEndExplainer { WhyEnded: { } why })
        {
            Say($"hull: {why}\n");
        }

        bool outOfMemory = code == Killed && KilledForMemory(task);
        _log?.Finish();
        Delete(task);
        StopWatching();
        DateTimeOffset now = _clock.GetUtcNow();
        TimeSpan ran = now - (_record.StartedAt ?? now);
        if (outOfMemory)
        {
            Publish("oom");
        }

        PublishEnd(now, code);
        TimeSpan? delay = _backoff.Next(_restart, code, ran, _record.StoppedByUser);
        TaskRecord ended = _record with
        {
            Pid = 0,
            ExitCode = code,
            OutOfMemory = outOfMemory,
            FinishedAt = now,
        };
        if (delay is { } wait)
        {
            Save(ended with { State = TaskState.Restarting });
            _restartAtMs = Environment.TickCount64 + (long)wait.TotalMilliseconds;
            return;
        }

        Save(ended with { State = TaskState.Exited, SupervisorPid = 0 });
        FinishForGood();
    }

    private void PublishEnd(DateTimeOffset now, int code) => EventFile.Append(
        _orders.EventsFile, now, "container", "die", _orders.Id,
        ("exitCode", code.ToString(CultureInfo.InvariantCulture)), ("image", _orders.Image), ("name", _orders.Name));

    private void FinishForGood()
    {
        if (_finished)
        {
            return;
        }

        _finished = true;
        if (_record.SupervisorPid != 0)
        {
            Save(_record with { State = TaskState.Exited, SupervisorPid = 0 });
        }

        // Whoever connects from here on sees the directory's record, which is complete.
        RemoveSocket();
        foreach (ClientConnection client in _clients)
        {
            if (client.WaitsForStop)
            {
                client.Send(FrameKind.Done, []);
            }
            else if (!client.WaitsForStart)
            {
                client.SendExit(_record.ExitCode);
            }
        }

        if (_orders.AutoRemove && !_removedByClient && _orders.RemoveCommand.Count > 0)
        {
            _ = Launcher.Start(new LaunchRequest
            {
                Path = _orders.RemoveCommand[0],
                Arguments = _orders.RemoveCommand,
                Descriptors = [FileDescriptor.Borrow(0), FileDescriptor.Borrow(1), FileDescriptor.Borrow(2)],
                NewSession = true,
            });
        }
    }

    private void RemoveSocket()
    {
        try
        {
            File.Delete(_orders.Socket);
            Directory.Delete(Path.GetDirectoryName(_orders.Socket)!); // The orders name a file in a directory of its own.
        }
        catch (IOException)
        {
            // Somebody put a file there; the container's removal clears it.
        }
    }

    private static bool KilledForMemory(ITask task)
    {
        try
        {
            return task.GetStatisticsAsync(CancellationToken.None).GetAwaiter().GetResult().OutOfMemoryKills > 0;
        }
        catch (HullException)
        {
            return false;
        }
    }

    // A trace that cannot be removed now is removed by the next command that meets the container.
    private static void Delete(ITask task)
    {
        try
        {
            task.DeleteAsync(force: true, CancellationToken.None).GetAwaiter().GetResult();
        }
        catch (HullException)
        {
        }
    }

    // Docker's codes: 127 the program is missing, 126 it cannot be executed, 125 anything else.
    private static int ExitCodeOf(HullException error) => error is ProgramException program ? program.ExitCode : StartFailed;
}
