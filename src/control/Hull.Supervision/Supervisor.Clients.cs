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
            client.SendFailure(ErrorKind.FailedPrecondition, 1, $"The container '{_orders.Name}' is already running.");
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
            _input?.End();
        }
    }

    private void Resize(ReadOnlySpan<byte> payload)
    {
        (int rows, int columns) = ReadNumbers(payload);
        if (IsTerminal && rows is > 0 and <= ushort.MaxValue && columns is > 0 and <= ushort.MaxValue)
        {
            WindowSize size = new() { Rows = (ushort)rows, Columns = (ushort)columns };
            Terminal.SetSize(_running!.Output!, size);
            (_running.Task as IResizable)?.Resize(size);
        }
    }

    private void Kill(ClientConnection client, Signal signal)
    {
        if (_running is null || _ended)
        {
            client.SendFailure(ErrorKind.FailedPrecondition, 1, $"The container '{_orders.Name}' is not running.");
            return;
        }

        if (signal == Signal.Kill || signal.Number == _orders.StopSignal)
        {
            // As with Docker: a container killed by hand is not restarted by its policy.
            MarkStoppedByUser();
        }

        TrySignal(signal);
        if (signal == Signal.Kill)
        {
            Thaw();
        }

        client.Send(FrameKind.Done, []);
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

        if (_running is null)
        {
            _restartAtMs = long.MaxValue;
            FinishForGood();
            return;
        }

        TrySignal(new Signal(signal));
        Thaw();
        _killAtMs = seconds < 0 ? long.MaxValue : Math.Min(_killAtMs, Environment.TickCount64 + (seconds * 1000L));
    }

    private void MarkStoppedByUser()
    {
        if (!_record.StoppedByUser)
        {
            Save(_record with { StoppedByUser = true });
        }
    }

    private void TrySignal(Signal signal)
    {
        if (_running is null || _ended)
        {
            return;
        }

        try
        {
            _running.Task.SignalAsync(signal, all: false, CancellationToken.None).GetAwaiter().GetResult();
            Publish("kill");
        }
        catch (HullException) when (_running.Process is null || _running.Process.Wait(0))
        {
            // It ended by itself meanwhile; the loop notices.
        }
    }

    private void Thaw()
    {
        if (_record.State == TaskState.Paused && _running is not null)
        {
            _running.Task.ResumeAsync(CancellationToken.None).GetAwaiter().GetResult();
            Save(_record with { State = TaskState.Running });
        }
    }

    private void Pause(ClientConnection client)
    {
        ITask task = RunningTask();
        if (_record.State == TaskState.Paused)
        {
            throw new HullException(ErrorKind.FailedPrecondition, $"The container '{_orders.Name}' is already paused.");
        }

        task.PauseAsync(CancellationToken.None).GetAwaiter().GetResult();
        Save(_record with { State = TaskState.Paused });
        Publish("pause");
        client.Send(FrameKind.Done, []);
    }

    private void Resume(ClientConnection client)
    {
        ITask task = RunningTask();
        if (_record.State != TaskState.Paused)
        {
            throw new HullException(ErrorKind.FailedPrecondition, $"The container '{_orders.Name}' is not paused.");
        }

        task.ResumeAsync(CancellationToken.None).GetAwaiter().GetResult();
        Save(_record with { State = TaskState.Running });
        Publish("unpause");
        client.Send(FrameKind.Done, []);
    }

    private ITask RunningTask() => _running is not null && !_ended
        ? _running.Task
        : throw new HullException(ErrorKind.FailedPrecondition, $"The container '{_orders.Name}' is not running.");
}
