using Hull.Linux;
using Hull.Runtime;

namespace Hull.Supervision;

/// <content>What clients ask for.</content>
public sealed partial class Supervisor
{
    private void OnFrame(ClientConnection client, FrameKind kind, ReadOnlySpan<byte> payload)
    {
        try
        {
            Obey(client, kind, payload);
        }
        catch (HullException error)
        {
            client.SendFailure(error.Kind, 1, error.Message);
        }
    }

    private void Obey(ClientConnection client, FrameKind kind, ReadOnlySpan<byte> payload)
    {
        switch (kind)
        {
            case FrameKind.Attach:
                client.Flags = payload.IsEmpty ? AttachFlags.None : (AttachFlags)payload[0];
                _removedByClient |= client.Flags.HasFlag(AttachFlags.Removes);
                if (client.Flags.HasFlag(AttachFlags.Announced))
                {
                    client.Send(FrameKind.Output, []);
                }

                break;
            case FrameKind.Start:
                Start(client);
                break;
            case FrameKind.Input:
                _input?.Write(payload);
                break;
            case FrameKind.InputEnd:
                EndInput();
                break;
            case FrameKind.Resize:
                Resize(payload);
                break;
            case FrameKind.Signal:
                Kill(client, new Signal(ReadNumbers(payload).First));
                break;
            case FrameKind.Stop:
                Stop(client, payload);
                break;
            case FrameKind.Pause:
                Pause(client);
                break;
            case FrameKind.Resume:
                Resume(client);
                break;
            case FrameKind.Restart:
                (int policy, int retries) = ReadNumbers(payload);
                _restart = new RestartOrders { Kind = (RestartKind)policy, MaximumRetries = retries };
                client.Send(FrameKind.Done, []);
                break;
            default:
                client.Dispose();
                break;
        }
    }

    private void Start(ClientConnection client)
    {
        if (_running is not null || _startWanted)
        {
            string stands = _isStarting ? "starting" : "running";
            client.SendFailure(ErrorKind.FailedPrecondition, 1, $"The container '{_orders.Name}' is already {stands}.");
            return;
        }

        client.WaitsForStart = true;
        _startWanted = true;
        TryStart(isRestart: false);
    }

    private void EndInput()
    {
        // A terminal has no end of input; a pipe ends for the program only when the container was made for one writer.
        if (_orders.InputOnce && !IsTerminal)
        {
            _inputLeft = _isStarting;
            _input?.End();
        }
    }

    private void Resize(ReadOnlySpan<byte> payload)
    {
        (int rows, int columns) = ReadNumbers(payload);
        if (rows is > 0 and <= ushort.MaxValue && columns is > 0 and <= ushort.MaxValue)
        {
            // The starter tells it before there is a terminal.
            WindowSize size = new() { Rows = (ushort)rows, Columns = (ushort)columns };
            _size = size;
            if (IsTerminal)
            {
                SetSize(size);
            }
        }
    }

    private void SetSize(WindowSize size)
    {
        Terminal.SetSize(_running!.Output!, size); // The callers have seen that it runs with a terminal.
        (_running.Task as IResizable)?.Resize(size);
    }

    private void Kill(ClientConnection client, Signal signal)
    {
        if (_isStarting && EndsPrograms(signal))
        {
            MarkStoppedByUser();
            AbortStart(signal.Number);
            if (!client.WaitsForStart)
            {
                client.Send(FrameKind.Done, []);
            }

            return;
        }

        _ = RunningTask();
        if (signal == Signal.Kill || signal.Number == _orders.StopSignal)
        {
            // As with Docker: a container killed by hand is not restarted by its policy.
            MarkStoppedByUser();
        }

        SendSignal(signal, client);
        if (signal == Signal.Kill)
        {
            Thaw();
        }
    }

    // Source: signal(7). What a program that has not begun yet cannot handle, and what stops or means nothing, is refused.
    private static bool EndsPrograms(Signal signal)
    {
        const int Child = 17, FirstOfJobs = 18, LastOfJobs = 22, Urgent = 23, Window = 28;
        return signal.Number is not (Child or (>= FirstOfJobs and <= LastOfJobs) or Urgent or Window);
    }

    private void Stop(ClientConnection client, ReadOnlySpan<byte> payload)
    {
        (int seconds, int signal) = ReadNumbers(payload);
        client.WaitsForStop = true;
        BeginStop(
            seconds == int.MinValue ? _orders.StopTimeoutSeconds : seconds,
            signal > 0 ? signal : _orders.StopSignal,
            byUser: true);
    }

    private void BeginStop(int seconds, int signal, bool byUser)
    {
        if (byUser)
        {
            MarkStoppedByUser();
        }
        else
        {
            _restart = new RestartOrders();
        }

        if (_isStarting)
        {
            AbortStart(signal);
            return;
        }

        if (_running is null)
        {
            _restartAtMs = long.MaxValue;
            FinishForGood();
            return;
        }

        // First of all: whatever becomes of the signal, the end comes.
        _killAtMs = seconds < 0 ? long.MaxValue : Math.Min(_killAtMs, Environment.TickCount64 + (seconds * 1000L));
        SendSignal(new Signal(signal), client: null);
        Thaw();
    }

    private void MarkStoppedByUser()
    {
        if (!_record.StoppedByUser)
        {
            Save(_record with { StoppedByUser = true });
        }
    }

    private void SendSignal(Signal signal, ClientConnection? client)
    {
        if (_running is not { } running || _ended)
        {
            return;
        }

        CheckErrands(client);
        _errands.Await(BeginAsync(() => running.Task.SignalAsync(signal, all: false, CancellationToken.None)), error =>
        {
            if (error is null)
            {
                Publish("kill");
            }
            else if (client is not null && !HasEnded(running))
            {
                client.SendFailure(error.Kind, 1, error.Message);
                return;
            }

            client?.Send(FrameKind.Done, []);
        });
    }

    // Async, so that what the runtime throws at once comes the same way as what it throws later.
    private static async Task BeginAsync(Func<Task> work) => await work().ConfigureAwait(false);

    // It ended by itself meanwhile; the loop notices, or has done so.
    private bool HasEnded(TaskStart running) =>
        _running != running || running.Process is null || running.Process.Wait(0);

    private void Thaw()
    {
        if (_record.State == TaskState.Paused && _running is { } running)
        {
            _errands.Await(BeginAsync(() => running.Task.ResumeAsync(CancellationToken.None)), error => OnThawed(running, error));
        }
    }

    private void OnThawed(TaskStart running, HullException? error)
    {
        if (error is null && _running == running && _record.State == TaskState.Paused)
        {
            Save(_record with { State = TaskState.Running });
        }
    }

    private void Pause(ClientConnection client)
    {
        TaskStart running = RunningTask();
        if (_record.State == TaskState.Paused)
        {
            throw new HullException(ErrorKind.FailedPrecondition, $"The container '{_orders.Name}' is already paused.");
        }

        CheckErrands(client);
        _errands.Await(running.Task.PauseAsync(CancellationToken.None), error =>
        {
            if (error is null && _running == running)
            {
                Save(_record with { State = TaskState.Paused });
                Publish("pause");
            }

            Answer(client, error);
        });
    }

    private void Resume(ClientConnection client)
    {
        TaskStart running = RunningTask();
        if (_record.State != TaskState.Paused)
        {
            throw new HullException(ErrorKind.FailedPrecondition, $"The container '{_orders.Name}' is not paused.");
        }

        CheckErrands(client);
        _errands.Await(running.Task.ResumeAsync(CancellationToken.None), error =>
        {
            OnThawed(running, error);
            if (error is null)
            {
                Publish("unpause");
            }

            Answer(client, error);
        });
    }

    private static void Answer(ClientConnection client, HullException? error)
    {
        if (error is null)
        {
            client.Send(FrameKind.Done, []);
        }
        else
        {
            client.SendFailure(error.Kind, 1, error.Message);
        }
    }

    // Each is a thread that waits for a guest which may be the user's enemy; the supervisor's own kill is never refused.
    private void CheckErrands(ClientConnection? client)
    {
        if (client is not null && _errands.Count >= MaxErrands)
        {
            throw new HullException(
                ErrorKind.Unavailable, $"The container '{_orders.Name}' has not answered {MaxErrands} requests yet: wait, or remove it with --force.");
        }
    }

    private TaskStart RunningTask() => _running is not null && !_ended
        ? _running
        : throw new HullException(
            ErrorKind.FailedPrecondition,
            _isStarting ? $"The container '{_orders.Name}' is still starting." : $"The container '{_orders.Name}' is not running.");
}
