using System.Text;
using Hull.Linux;
using Hull.Oci.Runtime;
using Hull.Runtime;

namespace Hull.Supervision;

/// <summary>Runs a container's health checks, one at a time, from the supervisor's loop.</summary>
internal sealed class HealthMonitor : IDisposable
{
    private const int MaxOutputBytes = 4096;
    private const int MaxResults = 5;
    private const int FailedToRun = -1;
    private const int ExitPollMs = 50;

    private readonly HealthOrders _orders;
    private readonly ITask _task;
    private readonly ProcessSpec _template;
    private readonly TimeProvider _clock;
    private readonly Epoll _epoll;
    private readonly Errands _errands;
    private readonly ulong _processKey;
    private readonly ulong _outputKey;
    private readonly long _startedMs = Environment.TickCount64;
    private readonly byte[] _output = new byte[MaxOutputBytes];

    private ITaskProcess? _process;
    private PidFd? _pidFd;
    private EventFd? _bell;
    private FileDescriptor? _reader;
    private DateTimeOffset _checkStarted;
    private int _outputBytes;
    private bool _timedOut;
    private bool _isBeginning;
    private bool _isDisposed;

    internal HealthMonitor(
        HealthOrders orders, ITask task, ProcessSpec template, TimeProvider clock, Epoll epoll, Errands errands, ulong processKey, ulong outputKey)
    {
        _orders = orders;
        _task = task;
        _template = template;
        _clock = clock;
        _epoll = epoll;
        _errands = errands;
        _processKey = processKey;
        _outputKey = outputKey;
        NextMs = _startedMs + FirstDelay();
    }

    /// <summary>When <see cref="OnTime"/> wants to be called, in ticks of <see cref="Environment.TickCount64"/>.</summary>
    internal long NextMs { get; private set; }

    internal HealthRecord Record { get; private set; } = new();

    /// <summary>Starts the next check or ends one that takes too long.</summary>
    /// <returns>Whether <see cref="Record"/> changed.</returns>
    internal bool OnTime()
    {
        if (_isBeginning)
        {
            // A guest that does not answer; its runtime gives up by itself.
            _timedOut = true;
            NextMs = long.MaxValue;
            return false;
        }

        if (_process is null)
        {
            HealthRecord before = Record;
            Begin();
            return !ReferenceEquals(before, Record);
        }

        if (!_timedOut)
        {
            _timedOut = true;
            KillProcess();
            NextMs = Environment.TickCount64 + ExitPollMs;
            return false;
        }

        // The kernel may take a moment to end it; a frozen one stays until it thaws.
        NextMs = Environment.TickCount64 + ExitPollMs;
        return false;
    }

    internal void OnOutput()
    {
        if (_reader is null)
        {
            return;
        }

        Span<byte> excess = stackalloc byte[1024];
        Span<byte> target = _outputBytes < MaxOutputBytes ? _output.AsSpan(_outputBytes) : excess;
        if (DescriptorIo.TryRead(_reader, target, out int count))
        {
            if (count == 0)
            {
                CloseOutput();
            }
            else if (_outputBytes < MaxOutputBytes)
            {
                _outputBytes += count;
            }
        }
    }

    /// <summary>Takes the result of the check that ended.</summary>
    internal void OnProcessEnded()
    {
        if (_process is null)
        {
            return;
        }

        OnOutput();
        int exitCode = _process.WaitAsync(CancellationToken.None).GetAwaiter().GetResult().Code;
        string output = _timedOut
            ? $"Health check exceeded timeout ({_orders.TimeoutMs} ms)"
            : Encoding.UTF8.GetString(_output, 0, _outputBytes);
        EndProcess();
        Conclude(_timedOut ? FailedToRun : exitCode, output);
    }

    public void Dispose()
    {
        _isDisposed = true;
        KillProcess();
        EndProcess();
    }

    private void Begin()
    {
        _checkStarted = _clock.GetUtcNow();
        _outputBytes = 0;
        _timedOut = false;
        _isBeginning = true;
        NextMs = Environment.TickCount64 + _orders.TimeoutMs;
        (FileDescriptor reader, FileDescriptor writer) = DescriptorIo.CreatePipe();
        DescriptorIo.SetNonBlocking(reader, true);
        Task<ITaskProcess> begun = ExecAsync(writer);
        _errands.Await(begun, error => OnBegun(begun, error, reader));
    }

    private async Task<ITaskProcess> ExecAsync(FileDescriptor writer)
    {
        using (writer)
        {
            ProcessSpec process = _template with { Args = _orders.Command, Terminal = false };
            TaskStreams streams = new() { Output = writer, Error = writer };
            return await _task.ExecAsync(process, streams, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private void OnBegun(Task<ITaskProcess> begun, HullException? error, FileDescriptor reader)
    {
        _isBeginning = false;
        if (error is not null || _isDisposed)
        {
            reader.Dispose();
            if (error is null)
            {
                begun.Result.Dispose(); // Its task is gone, and it went with it.
            }
            else if (!_isDisposed)
            {
                Conclude(FailedToRun, error.Message);
            }

            return;
        }

        _process = begun.Result;
        _reader = reader;
        _epoll.Add(reader, PollEvents.In, _outputKey);
        if (_process.ProcessId == 0)
        {
            // A process of a guest's: the host has no descriptor of it, so a bell rings when the guest has told its end.
            _bell = new EventFd();
            _epoll.Add(_bell.Descriptor, PollEvents.In, _processKey);
            _ = RingAsync(_process, _bell);
        }
        else if ((_pidFd = PidFd.TryOpen(_process.ProcessId)) is null)
        {
            OnProcessEnded();
            return;
        }
        else
        {
            _epoll.Add(_pidFd.Descriptor, PollEvents.In, _processKey);
        }

        if (_timedOut)
        {
            KillProcess();
            NextMs = Environment.TickCount64 + ExitPollMs;
        }
    }

    private static async Task RingAsync(ITaskProcess process, EventFd bell)
    {
        _ = await process.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            bell.Signal();
        }
        catch (ObjectDisposedException)
        {
            // The check was given up.
        }
    }

    private void KillProcess()
    {
        if (_pidFd is not null)
        {
            _ = _pidFd.TrySignal(Signal.Kill);
        }
        else
        {
            _process?.SignalAsync(Signal.Kill, CancellationToken.None).GetAwaiter().GetResult();
        }
    }

    private void Conclude(int exitCode, string output)
    {
        HealthResult result = new() { Start = _checkStarted, End = _clock.GetUtcNow(), ExitCode = exitCode, Output = output };
        bool inStartPeriod = Environment.TickCount64 - _startedMs < _orders.StartPeriodMs
            && Record.Status == HealthRecord.Starting;
        int streak = exitCode == 0 ? 0 : inStartPeriod ? Record.FailingStreak : Record.FailingStreak + 1;
        Record = new HealthRecord
        {
            Status = exitCode == 0 ? HealthRecord.Healthy
                : streak >= Math.Max(1, _orders.Retries) ? HealthRecord.Unhealthy
                : Record.Status,
            FailingStreak = streak,
            Log = [.. Record.Log.TakeLast(MaxResults - 1), result],
        };
        bool stillStarting = Record.Status == HealthRecord.Starting
            && Environment.TickCount64 - _startedMs < _orders.StartPeriodMs;
        NextMs = Environment.TickCount64 + (stillStarting ? _orders.StartIntervalMs : _orders.IntervalMs);
    }

    private long FirstDelay() => _orders.StartPeriodMs > 0
        ? Math.Min(_orders.StartIntervalMs, _orders.IntervalMs)
        : _orders.IntervalMs;

    private void EndProcess()
    {
        CloseOutput();
        _pidFd?.Dispose();
        _pidFd = null;
        _bell?.Dispose();
        _bell = null;
        _process?.Dispose();
        _process = null;
    }

    private void CloseOutput()
    {
        _reader?.Dispose();
        _reader = null;
    }
}
