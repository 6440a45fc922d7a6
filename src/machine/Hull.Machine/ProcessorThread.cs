using Hull.Machine.Devices.Power;

namespace Hull.Machine;

/// <summary>The thread that runs one processor; it sleeps while the guest has halted.</summary>
internal sealed class ProcessorThread
{
    private readonly ProcessorSocket _socket;
    private readonly Action<PowerEvent> _happened;
    private readonly Action<Exception> _failed;
    private readonly Thread _thread;
    private volatile bool _stopping;

    internal ProcessorThread(
        int number,
        ProcessorSocket socket,
        IVirtualProcessor processor,
        Action<PowerEvent> happened,
        Action<Exception> failed)
    {
        _socket = socket;
        _happened = happened;
        _failed = failed;
        Processor = processor;
        _thread = new Thread(Loop) { IsBackground = true, Name = $"processor {number}" };
    }

    internal IVirtualProcessor Processor { get; }

    internal void Start() => _thread.Start();

    /// <summary>Makes the thread end soon; may be called from the thread itself.</summary>
    internal void RequestStop()
    {
        _stopping = true;
        Processor.RequestStop();
        _socket.Wake();
    }

    /// <summary>Ends the thread and waits for it.</summary>
    internal void Stop()
    {
        RequestStop();
        if (_thread.ThreadState.HasFlag(ThreadState.Unstarted) || _thread == Thread.CurrentThread)
        {
            return;
        }

        _thread.Join();
    }

    private void Loop()
    {
        try
        {
            while (!_stopping)
            {
                RunOnce();
            }
        }
        catch (Exception error)
        {
            // An exception on this thread would end the process; whoever waits for the machine gets it instead.
            _failed(error);
        }
    }

    private void RunOnce()
    {
        switch (Processor.Run(_socket))
        {
            case ProcessorStop.Halted:
                // A signal raised after Run looked has set the event by now, so this wait cannot miss it.
                while (!_stopping && !Processor.HasWakeSignal)
                {
                    _socket.WaitForSignal();
                }

                break;
            case ProcessorStop.Shutdown:
                _happened(PowerEvent.Crash);
                break;
            case ProcessorStop.Failed:
                throw new HullException(ErrorKind.Internal, "The processor cannot go on.");
            case ProcessorStop.Requested:
            default:
                break;
        }
    }
}
