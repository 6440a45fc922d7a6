using Hull.Machine.Devices.Virtio;

namespace Hull.Machine;

// Standing still and going on, also on other processors.
public sealed partial class VirtualMachine
{
    /// <summary>Makes the guest stand still; returns when no processor, timer or host side touches it any more.</summary>
    /// <remarks>Nests: as many resumes as pauses. Not from a device's or processor's own thread.</remarks>
    public void Pause()
    {
        lock (_running)
        {
            if (_pauses++ > 0)
            {
                return;
            }

            foreach (VirtioMmio transport in _transports)
            {
                transport.Pause();
            }

            StopProcessors();
            _wiring.Clock.Hold();
        }
    }

    /// <summary>Lets the guest go on. Its clocks make up for the time it stood still, a quarter of an hour at a time.</summary>
    public void Resume()
    {
        lock (_running)
        {
            if (_pauses == 0 || --_pauses > 0)
            {
                return;
            }

            _wiring.Clock.Release();
            foreach (VirtioMmio transport in _transports)
            {
                transport.Resume();
            }

            if (_isRunning && !_ended.Task.IsCompleted)
            {
                StartProcessors();
            }
        }
    }

    /// <summary>Moves the guest to other processors: interpreter to KVM, or back.</summary>
    /// <param name="factory">Makes the new ones; the old ones are disposed of.</param>
    /// <exception cref="HullException">A new processor cannot be made; the guest stays where it was.</exception>
    public void Move(ProcessorFactory factory)
    {
        ArgumentNullException.ThrowIfNull(factory);
        Pause();
        try
        {
            List<IVirtualProcessor> next = [];
            try
            {
                for (int i = 0; i < _threads.Count; i++)
                {
                    next.Add(factory((int)_spec.Topology.ApicIdOf(i), Memory));
                }
            }
            catch
            {
                next.ForEach(processor => processor.Dispose());
                throw;
            }

            for (int i = 0; i < _threads.Count; i++)
            {
                _threads[i].Replace(next[i]);
                AddDoorbells(next[i]);
            }
        }
        finally
        {
            Resume();
        }
    }

    private void StartProcessors()
    {
        if (_pauses > 0)
        {
            return;
        }

        HandOver();

        foreach (ProcessorThread thread in _threads)
        {
            thread.Start();
        }
    }

    private void StopProcessors()
    {
        // All at once first: one that waits for another would else be waited for.
        foreach (ProcessorThread thread in _threads)
        {
            thread.RequestStop();
        }

        foreach (ProcessorThread thread in _threads)
        {
            thread.Stop();
        }

        TakeOver();
    }

    // While processors run, the host's kernel may have their local APICs; while the machine stands still all its state is the board's.
    private void HandOver()
    {
        foreach (ProcessorThread thread in _threads)
        {
            thread.Socket.HandOver();
        }

        if (_threads[0].Processor.HostedApic is { } first)
        {
            _ioApic?.HandOver(first.Interrupts);
            _idle ??= new IdleWatch(TimeProvider.System, static () => Environment.CpuUsage.TotalTime, ProcessRest.GiveBack);
        }
    }

    private void TakeOver()
    {
        _idle?.Dispose();
        _idle = null;
        foreach (ProcessorThread thread in _threads)
        {
            thread.Processor.HostedApic?.Settle();
        }

        _ioApic?.TakeOver();
        foreach (ProcessorThread thread in _threads)
        {
            thread.Socket.TakeOver();
        }
    }

    // Counters that the host keeps running themselves are set anew, and watchdogs are told not to bark.
    private void Jumped()
    {
        foreach (ProcessorThread thread in _threads)
        {
            thread.Socket.Clock.MarkStopped();
            thread.Processor.Signal(ProcessorSignals.Housekeeping);
        }
    }
}
