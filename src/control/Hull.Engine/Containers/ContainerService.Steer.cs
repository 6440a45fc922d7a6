using System.Globalization;
using Hull.Engine.Settings;
using Hull.Engine.State;
using Hull.Engine.Tasks;
using Hull.Linux;
using Hull.Runtime;
using Hull.Supervision;

namespace Hull.Engine.Containers;

/// <content>What is asked of a running container through its supervisor.</content>
public sealed partial class ContainerService
{
    private const int DefaultStopSeconds = 10;
    private const int OwnTimeout = int.MinValue;

    /// <summary>Asks a container to end, kills it when it does not, and returns once it is over.</summary>
    /// <param name="view">The container; one that does not run is left alone, and one that is starting is ended before it runs.</param>
    /// <param name="seconds">Seconds until SIGKILL, -1 for never; null for the container's own.</param>
    /// <param name="signal">The signal that asks; null for the container's own.</param>
    public void Stop(ContainerView view, int? seconds = null, Signal? signal = null)
    {
        ArgumentNullException.ThrowIfNull(view);
        if (!view.IsActive && !view.IsStarting)
        {
            return;
        }

        using TaskConnection? connection = TaskConnection.TryConnect(Paths.Socket(view.Row.Id));
        if (connection is not null)
        {
            connection.TrySend(FrameKind.Stop, seconds ?? OwnTimeout, signal?.Number ?? 0);
            _ = connection.TryAwaitAnswer();
        }

        AwaitSupervisor(view);
        Publish("stop", view.Row);
    }

    /// <summary>Sends a container a signal.</summary>
    /// <exception cref="HullException">It does not run.</exception>
    public void Kill(ContainerView view, Signal signal)
    {
        ArgumentNullException.ThrowIfNull(view);
        Ask(view, FrameKind.Signal, signal.Number);
    }

    /// <summary>Freezes every process of a container.</summary>
    /// <exception cref="HullException">It does not run or is frozen already.</exception>
    public void Pause(ContainerView view) => Ask(view, FrameKind.Pause);

    /// <summary>Thaws a container.</summary>
    /// <exception cref="HullException">It is not frozen.</exception>
    public void Unpause(ContainerView view) => Ask(view, FrameKind.Resume);

    /// <summary>Stops a container if it runs and starts it.</summary>
    public void Restart(ContainerView view, int? seconds = null, Signal? signal = null)
    {
        ArgumentNullException.ThrowIfNull(view);
        Stop(view, seconds, signal);
        Start(Refresh(view), AttachFlags.None)?.Dispose();
        Publish("restart", view.Row);
    }

    /// <summary>Waits until a container ended.</summary>
    /// <returns>Its exit code.</returns>
    public int Wait(ContainerView view)
    {
        ArgumentNullException.ThrowIfNull(view);
        using TaskConnection? connection = view.IsActive || view.IsStarting ? TaskConnection.TryConnect(Paths.Socket(view.Row.Id)) : null;
        if (connection is not null && connection.TryAttach(AttachFlags.None))
        {
            while (connection.TryReceive(out FrameKind kind, out ReadOnlyMemory<byte> payload))
            {
                if (kind == FrameKind.Exited)
                {
                    return TaskConnection.ExitCodeOf(payload.Span);
                }
            }
        }

        return Refresh(view).Record.ExitCode;
    }

    /// <summary>The task of a running container.</summary>
    /// <exception cref="HullException">It does not run.</exception>
    public async Task<ITask> AttachTaskAsync(ContainerView view, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(view);
        return view.IsRunning
            ? await RuntimeOf(view.Row).AttachAsync(ContainerId.Parse(view.Row.Id), cancellation)
            : throw NotRunning(view);
    }

    private void Ask(ContainerView view, FrameKind kind, params ReadOnlySpan<int> numbers)
    {
        using TaskConnection connection = (view.IsActive || view.IsStarting ? TaskConnection.TryConnect(Paths.Socket(view.Row.Id)) : null)
            ?? throw NotRunning(view);
        connection.TrySend(kind, numbers);
        if (!connection.TryAwaitAnswer() && kind != FrameKind.Signal)
        {
            throw NotRunning(view);
        }
    }

    // Whoever starts a container holds its lock until the start is over; for a machine's that is too long to wait.
    private ContainerView AwaitStart(ContainerView view)
    {
        if (view.Row.Settings.Isolation == ContainerSettings.Container && Directory.Exists(Paths.ContainerDirectory(view.Row.Id)))
        {
            // Shared, for a commit may read its files meanwhile.
            FileLock.Shared(Path.Combine(Paths.ContainerDirectory(view.Row.Id), LockName)).Dispose();
            view = Refresh(view);
        }

        return view.IsStarting ? throw NotRunning(view) : view;
    }

    // The supervisor answers before its own end; what follows (start, remove) needs it gone.
    private void AwaitSupervisor(ContainerView view)
    {
        TaskRecord record = TaskFiles.ReadRecord(Paths.ContainerDirectory(view.Row.Id));
        if (record.SupervisorPid != 0 && ProcessIdentity.SupervisorLives(record))
        {
            using PidFd? supervisor = PidFd.TryOpen(record.SupervisorPid);
            supervisor?.Wait(DefaultStopSeconds * 1000);
        }
    }

    private static Signal StopSignalOf(ContainerRow row)
    {
        string text = row.Settings.StopSignal ?? "";
        return text.Length == 0 ? Signal.Terminate
            : Signal.TryParse(text, out Signal signal) ? signal
            : throw new HullException(ErrorKind.InvalidArgument, string.Create(CultureInfo.InvariantCulture, $"'{text}' is not a signal."));
    }
}
