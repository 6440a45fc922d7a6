namespace Hull.Machine.Devices.Interrupts;

// Handed over to the host's kernel, and taken back. Meanwhile this one has no registers and no timer; what still comes to it is passed on.
public sealed partial class LocalApic
{
    private IHostedApic? _host;

    private bool IsHosted => Volatile.Read(ref _host) is not null;

    /// <summary>Hands everything over; the processor does not run yet.</summary>
    /// <param name="host">Who has it from now on.</param>
    /// <param name="io">What the processor will run with.</param>
    public void HandOver(IHostedApic host, IGuestIo io)
    {
        ArgumentNullException.ThrowIfNull(host);
        lock (_gate)
        {
            if (_host is not null)
            {
                return;
            }

            LocalApicState state = Export();
            host.Load(in state, io);
            Volatile.Write(ref _host, host);
            _timer.Disarm();
            Refresh();
        }

        SignalExternal();
    }

    /// <summary>Takes everything back; the processor does not run any more.</summary>
    /// <returns>An interrupt that the processor took, had no time to deliver and did not get from here; 0 for none.</returns>
    public byte TakeOver()
    {
        byte foreign;
        lock (_gate)
        {
            if (_host is not { } host)
            {
                return 0;
            }

            LocalApicState state = default;
            host.Save(ref state);
            Volatile.Write(ref _host, null);
            foreign = Import(in state);
            Refresh();
        }

        SignalNext();
        return foreign;
    }

    private LocalApicState Export()
    {
        LocalApicState state = new()
        {
            Id = Id,
            Base = _base,
            TaskPriority = _taskPriority,
            LogicalDestination = _logicalDestination,
            DestinationFormat = _destinationFormat,
            Spurious = _spurious,
            ErrorStatus = _errorStatus,
            CommandLow = _interruptCommandLow,
            CommandHigh = _interruptCommandHigh,
            InitialCount = _initialCount,
            CurrentCount = CurrentCount(),
            Divide = _divide,
            Deadline = _deadline,
        };
        _localVectors.CopyTo(state.LocalVectors);
        uint timer = _localVectors[LvtTimer];
        if (IsTimerDue() && (timer & LvtMasked) == 0 && (timer & 0xFF) >= FirstUsableVector && IsEnabled)
        {
            // The clock's thread is late, and will find nothing to do when it comes.
            _requested.Add((int)(timer & 0xFF));
            _levelTriggered.Remove((int)(timer & 0xFF));
        }

        for (int i = 0; i < VectorWords; i++)
        {
            state.InService[i] = _inService[i];
            state.LevelTriggered[i] = _levelTriggered[i];
            state.Requested[i] = _requested[i];
        }

        return state;
    }

    private bool IsTimerDue() => _initialCount != 0 && Mode switch
    {
        TimerMode.OneShot => !_hasRunOut && CurrentCount() == 0,
        TimerMode.Periodic => _timer.Deadline <= _clock.Now,
        _ => false,
    };

    private byte Import(in LocalApicState state)
    {
        _base = (state.Base & BaseWritable) | (_isBoot ? BaseBootProcessor : 0);
        _taskPriority = state.TaskPriority & 0xFF;
        _logicalDestination = IsX2 ? _logicalDestination : state.LogicalDestination & 0xFF00_0000;
        _destinationFormat = state.DestinationFormat | 0x0FFF_FFFF;
        _spurious = state.Spurious & 0x3FF;
        _errorStatus = state.ErrorStatus;
        _interruptCommandLow = state.CommandLow & CommandWritable;
        _interruptCommandHigh = state.CommandHigh;
        for (int i = 0; i < _localVectors.Length; i++)
        {
            _localVectors[i] = state.LocalVectors[i] & (i == LvtTimer ? 0x7_00FFu : 0x1_A7FFu);
        }

        for (int i = 0; i < VectorWords; i++)
        {
            // The first sixteen vectors are never requested.
            uint mask = i == 0 ? 0xFFFF_0000 : uint.MaxValue;
            _inService.SetWord(i, state.InService[i] & mask);
            _levelTriggered.SetWord(i, state.LevelTriggered[i] & mask);
            _requested.SetWord(i, state.Requested[i] & mask);
        }

        ImportTimer(in state);
        if (state.Undelivered == 0 || !_inService.Contains(state.Undelivered))
        {
            return state.Undelivered;
        }

        _inService.Remove(state.Undelivered);
        _requested.Add(state.Undelivered);
        return 0;
    }

    private void ImportTimer(in LocalApicState state)
    {
        _divide = state.Divide & 0xB;
        _initialCount = Mode == TimerMode.Deadline ? 0 : state.InitialCount;
        _deadline = Mode == TimerMode.Deadline ? state.Deadline : 0;
        _hasRunOut = Mode == TimerMode.OneShot && state.CurrentCount == 0;
        uint current = Math.Min(state.CurrentCount == 0 ? _initialCount : state.CurrentCount, _initialCount);
        long now = _clock.Now;
        _started = Math.Max(now - ((_initialCount - current) * CountNs), 0);
        long due = _initialCount == 0 || _hasRunOut ? long.MaxValue : now + (current * CountNs);
        _timer.Arm(_deadline != 0 ? _tsc.TimeOf(_deadline) : due);
        uint entry = _localVectors[LvtTimer];
        if (state.TimerIsDue && (entry & LvtMasked) == 0 && (entry & 0xFF) >= FirstUsableVector)
        {
            _requested.Add((int)(entry & 0xFF));
            _levelTriggered.Remove((int)(entry & 0xFF));
        }
    }

    // For messages that come while the kernel has the registers: by another processor's or the clock's thread that was late.
    private void PassOn(IHostedApic host, byte vector, bool level)
    {
        if (vector >= FirstUsableVector)
        {
            host.Interrupts.Send(IoApicRoute.Encode(Id, logical: false, DeliveryMode.Fixed, vector, level));
        }
    }
}
