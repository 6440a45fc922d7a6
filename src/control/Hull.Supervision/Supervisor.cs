using System.Buffers.Binary;
using Hull.Linux;
using Hull.Runtime;

namespace Hull.Supervision;

/// <summary>Holds one container for as long as it lives: its streams, log, clients, health, restarts and exit status.</summary>
/// <remarks>
/// One thread, one epoll loop, no thread pool. Everything it decides is in the container's directory before a client is
/// told, so that whoever kills this process leaves a state the next command can repair.
/// </remarks>
public sealed partial class Supervisor : IDisposable
{
    private const ulong ListenerKey = 1;
    private const ulong OutputKey = 2;
    private const ulong ErrorKey = 3;
    private const ulong InputKey = 4;
    private const ulong ProcessKey = 5;
    private const ulong SignalKey = 6;
    private const ulong HealthProcessKey = 7;
    private const ulong HealthOutputKey = 8;
    private const ulong ErrandKey = 9;
    private const ulong FirstClientKey = 100;
    private const int MaxClients = 64;
    private const int MaxErrands = 32;
    private const int ReadBytes = 32 * 1024;
    private const int FarewellMs = 10_000;
    private const int TidyAfterMs = 200;
    private const int TidyAgainAfterMs = 1000;
    private const long TidyAllocatedBytes = 256 * 1024;

    private readonly IRuntime _runtime;
    private readonly TimeProvider _clock;
    private readonly string _directory;
    private readonly TaskOrders _orders;
    private readonly Epoll _epoll = new();
    private readonly Errands _errands;
    private readonly List<ClientConnection> _clients = [];
    private readonly SignalDescriptor _signals = new([Signal.Terminate, new Signal(1), new Signal(2)]);
    private readonly FileDescriptor _listener;
    private readonly byte[] _buffer = new byte[ReadBytes];
    private readonly RestartBackoff _backoff = new();
    private readonly long _ownStart = ProcessIdentity.StartOf(Environment.ProcessId);

    private RestartOrders _restart;
    private TaskRecord _record;
    private TaskStart? _running;
    private TaskInput? _input;
    private LogFile? _log;
    private HealthMonitor? _health;
    private ulong _nextKey = FirstClientKey;
    private bool _outputWatched;
    private bool _ended;
    private bool _finished;
    private bool _startWanted;
    private bool _isStarting;
    private CancellationTokenSource? _startAbort;
    private int? _abortCode;
    private WindowSize? _size;
    private bool _inputLeft;
    private bool _removedByClient;
    private long _killAtMs = long.MaxValue;
    private long _tidyAtMs = long.MaxValue;
    private long _tidiedBytes;
    private bool _isTidy;
    private IdleWait? _idle;
    private long _restartAtMs = long.MaxValue;

    /// <summary>Takes charge of a container's directory and listens for clients.</summary>
    /// <param name="runtime">Makes the container.</param>
    /// <param name="directory">The container's directory with its orders.</param>
    /// <param name="starter">The starter's connection; null when there is none.</param>
    /// <param name="clock">The wall clock.</param>
    /// <exception cref="HullException">The orders are damaged, or another supervisor listens.</exception>
    public Supervisor(IRuntime runtime, string directory, FileDescriptor? starter, TimeProvider clock)
        : this(runtime, directory, TaskFiles.ReadOrders(directory), starter, clock)
    {
    }

    /// <summary>As the other constructor, with orders that were read already.</summary>
    public Supervisor(IRuntime runtime, string directory, TaskOrders orders, FileDescriptor? starter, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(orders);
        _runtime = runtime;
        _clock = clock;
        _directory = directory;
        _orders = orders;
        _errands = new Errands(_epoll, ErrandKey);
        _restart = orders.Restart;
        _record = TaskFiles.ReadRecord(directory);
        _listener = UnixSocket.Listen(orders.Socket, MaxClients);
        _record = _record with { SupervisorPid = Environment.ProcessId, SupervisorStart = _ownStart, BootId = ProcessIdentity.BootId };
        TaskFiles.WriteRecord(directory, _record);
        _epoll.Add(_listener, PollEvents.In, ListenerKey);
        _epoll.Add(_signals.Descriptor, PollEvents.In, SignalKey);
        if (starter is not null)
        {
            DescriptorIo.SetNonBlocking(starter, true);
            AddClient(starter);
        }
    }

    /// <summary>Serves until the container has ended for good.</summary>
    /// <returns>The container's last exit code; 125 when it never ran.</returns>
    /// <exception cref="HullException">This process cannot go on; whoever waits for the start was told.</exception>
    public int Run()
    {
        try
        {
            return Serve();
        }
        catch (Exception error)
        {
            // Whatever it was: who waits for the start must not wait for ever. The next command clears what is left.
            ErrorKind kind = error is HullException known ? known.Kind : ErrorKind.Internal;
            foreach (ClientConnection client in _clients.Where(client => client.WaitsForStart))
            {
                client.SendFailure(kind, StartFailed, LastResort.Describe(error));
            }

            throw;
        }
    }

    private int Serve()
    {
        var events = new EpollEvent[16];
        while (!_finished)
        {
            int count = Wait(events);
            for (int i = 0; i < count; i++)
            {
                Handle(events[i]);
            }

            OnTime();
            ForgetClosedClients();
            UpdateFlow();
        }

        Farewell();
        return _record.ExitCode;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (ClientConnection client in _clients)
        {
            client.Dispose();
        }

        _health?.Dispose();
        _input?.Dispose();
        _running?.Dispose();
        _log?.Dispose();
        _idle?.Dispose();
        _startAbort?.Dispose();
        _errands.Dispose();
        _listener.Dispose();
        _signals.Dispose();
        _epoll.Dispose();
    }

    private void Handle(in EpollEvent happened)
    {
        switch (happened.Data)
        {
            case ListenerKey:
                Accept();
                break;
            case OutputKey:
                Pump(_running?.Output, error: false);
                break;
            case ErrorKey:
                Pump(_running?.Error, error: true);
                break;
            case InputKey:
                _input?.Flush();
                break;
            case ProcessKey:
                _ended = true;
                _epoll.Remove(_running!.Process!.Descriptor); // Only watched while both exist.
                break;
            case SignalKey:
                TakeSignals();
                break;
            case HealthProcessKey:
                _health?.OnProcessEnded();
                PublishHealth();
                break;
            case HealthOutputKey:
                _health?.OnOutput();
                break;
            case ErrandKey:
                _errands.OnBell();
                PublishHealth();
                break;
            default:
                HandleClient(happened);
                break;
        }
    }

    private void HandleClient(in EpollEvent happened)
    {
        ulong key = happened.Data;
        ClientConnection? client = _clients.Find(one => one.Key == key);
        if (client is null || client.IsClosed)
        {
            return;
        }

        var what = (PollEvents)happened.Events;
        if (what.HasFlag(PollEvents.Out))
        {
            client.Flush();
        }

        if ((what & (PollEvents.In | PollEvents.HangUp | PollEvents.Error)) != 0 && !client.IsClosed)
        {
            client.Receive(OnFrame);
        }
    }

    private void Accept()
    {
        while (UnixSocket.TryAccept(_listener) is { } socket)
        {
            if (_clients.Count >= MaxClients)
            {
                socket.Dispose();
                continue;
            }

            AddClient(socket);
        }
    }

    private void AddClient(FileDescriptor socket) => _clients.Add(new ClientConnection(socket, _nextKey++, _epoll));

    // A client that owned standard input and left ends it when the container was made so.
    private void ForgetClosedClients()
    {
        for (int i = _clients.Count - 1; i >= 0; i--)
        {
            if (_clients[i].IsClosed)
            {
                if (_clients[i].Flags.HasFlag(AttachFlags.Input))
                {
                    EndInput();
                }

                _clients.RemoveAt(i);
            }
        }

        if (_running is null && !_startWanted && _clients.Count == 0 && _restartAtMs == long.MaxValue)
        {
            // The starter died before it asked for the start: nothing was done, nothing is left.
            _finished = true;
        }
    }

    private bool IsTerminal => _running?.IsTerminal ?? false;

    private void TakeSignals()
    {
        while (_signals.TryTake(out _))
        {
            BeginStop(_orders.StopTimeoutSeconds, _orders.StopSignal, byUser: false);
        }
    }

    private int TimeoutMs()
    {
        long next = Math.Min(Math.Min(_killAtMs, _restartAtMs), Math.Min(_tidyAtMs, _health?.NextMs ?? long.MaxValue));
        if (_ended && !_clients.Exists(client => client.HoldsBackOutput))
        {
            return 0;
        }

        return next == long.MaxValue ? -1 : (int)Math.Clamp(next - Environment.TickCount64, 0, int.MaxValue);
    }

    private void OnTime()
    {
        long now = Environment.TickCount64;
        if (now >= _killAtMs)
        {
            _killAtMs = long.MaxValue;
            SendSignal(Signal.Kill, client: null);
        }

        if (now >= _tidyAtMs)
        {
            _tidyAtMs = long.MaxValue;
            Tidy();
        }

        if (now >= _restartAtMs)
        {
            _restartAtMs = long.MaxValue;
            TryStart(isRestart: true);
        }

        if (_health is not null && !_ended && now >= _health.NextMs && _health.OnTime())
        {
            PublishHealth();
        }
    }

    // A wait that nothing interrupted for a while gives the program's own pages back; whatever ends it fetches some of them
    // again, and the next such wait comes only after another quiet while, so that a busy container pays nothing.
    private int Wait(Span<EpollEvent> events)
    {
        if (!_isTidy || _idle is null || TimeoutMs() == 0)
        {
            return _epoll.Wait(events, TimeoutMs());
        }

        int count = _idle.Wait(_epoll, events, TimeoutMs());
        _isTidy = false;
        _tidyAtMs = Environment.TickCount64 + TidyAgainAfterMs;
        return count;
    }

    // A start allocates about 2 MB that nobody holds, and an idle supervisor never allocates again, so no collection would
    // ever come by itself: the one place where asking for it is right.
    private void Tidy()
    {
        _idle ??= IdleWait.TryCreate();
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        if (allocated - _tidiedBytes > TidyAllocatedBytes)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            _tidiedBytes = allocated;
            _tidyAtMs = Environment.TickCount64 + TidyAfterMs; // The finalizer's thread runs now and fetches pages.
            return;
        }

        _isTidy = true;
    }

    private void PublishHealth()
    {
        if (_health is null || ReferenceEquals(_record.Health, _health.Record))
        {
            return;
        }

        bool changed = _record.Health?.Status != _health.Record.Status;
        Save(_record with { Health = _health.Record });
        if (changed)
        {
            Publish($"health_status: {_health.Record.Status}");
        }
    }

    private void Save(TaskRecord record)
    {
        _record = record;
        try
        {
            TaskFiles.WriteRecord(_directory, record);
        }
        catch (HullException)
        {
            // A disk that cannot be written is no reason to leave a container alone; the next change is written again.
        }
    }

    private void Publish(string action) => EventFile.Append(
        _orders.EventsFile, _clock.GetUtcNow(), "container", action, _orders.Id, ("image", _orders.Image), ("name", _orders.Name));

    // Output that clients did not read yet goes out before the program ends, but no client keeps it alive for ever.
    private void Farewell()
    {
        long end = Environment.TickCount64 + FarewellMs;
        var events = new EpollEvent[16];
        while (_clients.Exists(client => client.HasQueued) && Environment.TickCount64 < end)
        {
            int count = _epoll.Wait(events, (int)Math.Max(0, end - Environment.TickCount64));
            for (int i = 0; i < count; i++)
            {
                HandleClient(events[i]);
            }
        }
    }

    private static (int First, int Second) ReadNumbers(ReadOnlySpan<byte> payload) => payload.Length >= 2 * sizeof(int)
        ? (BinaryPrimitives.ReadInt32LittleEndian(payload), BinaryPrimitives.ReadInt32LittleEndian(payload[sizeof(int)..]))
        : (payload.Length >= sizeof(int) ? BinaryPrimitives.ReadInt32LittleEndian(payload) : -1, -1);
}
