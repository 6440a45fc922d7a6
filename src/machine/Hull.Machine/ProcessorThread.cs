using System.Diagnostics;
using Hull.Machine.Devices.Power;

namespace Hull.Machine;

/// <summary>The thread that runs one processor; it sleeps while the guest has halted.</summary>
/// <remarks>Start and Stop are for one caller at a time; a stopped processor may be started again, on a new thread.</remarks>
internal sealed class ProcessorThread
{
    private readonly int _number;
    private readonly ProcessorSocket _socket;
    private readonly Action<PowerEvent> _happened;
    private readonly Action<Exception> _failed;
    private readonly RestMeter _meter = new();
    private Thread? _thread;
    private volatile bool _stopping;

    internal ProcessorThread(
        int number,
        ProcessorSocket socket,
        IVirtualProcessor processor,
        Action<PowerEvent> happened,
        Action<Exception> failed)
    {
        _number = number;
        _socket = socket;
        _happened = happened;
        _failed = failed;
        Processor = processor;
    }

    /// <summary>What runs the guest; changed only while stopped.</summary>
    internal IVirtualProcessor Processor { get; private set; }

    internal ProcessorSocket Socket => _socket;

    internal int Number => _number;

    internal void Start()
    {
        _stopping = false;
        _thread = new Thread(Loop) { IsBackground = true, Name = $"processor {_number}" };
        _thread.Start();
    }

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
        if (_thread is { } thread && thread != Thread.CurrentThread)
        {
            thread.Join();
            _thread = null;
        }
    }

    /// <summary>Copies the stopped processor's state; what it had no time to deliver goes back to its APIC.</summary>
    internal ProcessorState Save()
    {
        ProcessorState state = default;
        Processor.Save(ref state);
        if (state.AcknowledgedVector != 0)
        {
            _socket.TakeBack(state.AcknowledgedVector);
            state.AcknowledgedVector = 0;
            state.Pending |= ProcessorSignals.Interrupt;
        }

        state.Pending &= ~(ProcessorSignals.Stop | ProcessorSignals.Housekeeping);
        return state;
    }

    internal void Load(in ProcessorState state)
    {
        ProcessorState own = state;
        if (own.AcknowledgedVector != 0)
        {
            _socket.TakeBack(own.AcknowledgedVector);
            own.AcknowledgedVector = 0;
            own.Pending |= ProcessorSignals.Interrupt;
        }

        Processor.Load(in own);
    }

    /// <summary>Puts another processor into the socket, in the state of the one it replaces, which is disposed of.</summary>
    internal void Replace(IVirtualProcessor next)
    {
        ProcessorState state = Save();
        Processor.Dispose();
        Processor = next;
        _socket.Attach(next);
        next.Load(in state);
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
        long began = Stopwatch.GetTimestamp();
        switch (Processor.Run(_socket))
        {
            case ProcessorStop.Halted:
                if (_meter.IsResting(began, Stopwatch.GetTimestamp()))
                {
                    Processor.Rest();
                    ProcessRest.GiveBack();
                }

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
