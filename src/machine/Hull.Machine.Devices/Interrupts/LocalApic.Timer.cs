using Hull.Machine.Devices.Clock;

namespace Hull.Machine.Devices.Interrupts;

// The timer and the local vector table. The timer's bus runs at 1 GHz: one count is a nanosecond.
public sealed partial class LocalApic
{
    private const uint LvtMasked = 1 << 16;
    private const int LvtModeShift = 8;
    private const uint LvtModeMask = 7 << LvtModeShift;
    private const int TimerModeShift = 17;
    private const int LvtTimer = 0;
    private const int Lint0 = 3;
    private const int LvtError = 5;
    private const int LocalVectorCount = 6;

    // A periodic timer shorter than this would let a guest keep the host's clock thread busy.
    private const long MinPeriodNs = 20_000;

    private readonly MachineClock _clock;
    private readonly GuestTsc _tsc;
    private readonly MachineTimer _timer;
    private readonly uint[] _localVectors = [LvtMasked, LvtMasked, LvtMasked, LvtMasked, LvtMasked, LvtMasked];
    private uint _initialCount;
    private uint _divide;
    private long _started;
    private bool _hasRunOut;
    private ulong _deadline;

    private enum TimerMode
    {
        OneShot = 0,
        Periodic = 1,
        Deadline = 2,
    }

    /// <summary>IA32_TSC_DEADLINE; 0 while the timer is not armed or counts otherwise.</summary>
    public ulong TscDeadline
    {
        get
        {
            lock (_gate)
            {
                return _deadline;
            }
        }

        set
        {
            lock (_gate)
            {
                if (Mode != TimerMode.Deadline)
                {
                    return;
                }

                long due = value == 0 ? long.MaxValue : _tsc.TimeOf(value);
                if (due > _clock.Now)
                {
                    _deadline = value;
                    _timer.Arm(due);
                    return;
                }

                _deadline = 0;
                _timer.Disarm();
            }

            // A deadline in the past is due before the next instruction, not when the clock's thread gets there.
            RequestTimer();
        }
    }

    private TimerMode Mode => (TimerMode)((_localVectors[LvtTimer] >> TimerModeShift) & 3);

    private long CountNs => 1L << (int)(((((_divide >> 1) & 4) | (_divide & 3)) + 1) & 7);

    private void WriteLocalVector(int index, uint value)
    {
        uint writable = index == LvtTimer ? 0x7_00FFu : 0x1_A7FFu;
        TimerMode before = Mode;
        _localVectors[index] = (value & writable) | ((_spurious & EnabledBit) == 0 ? LvtMasked : 0);
        if (index == LvtTimer && Mode != before)
        {
            ChangeMode(before);
        }
    }

    private void ChangeMode(TimerMode before)
    {
        if (before == TimerMode.Deadline || Mode == TimerMode.Deadline)
        {
            // Between counts and deadlines the timer is disarmed. Source: SDM §11.5.4.1.
            _initialCount = 0;
            _deadline = 0;
            _timer.Disarm();
            return;
        }

        // Otherwise the count goes on; one that has run out stays at zero until the next initial count.
        if (_initialCount == 0 || _hasRunOut)
        {
            return;
        }

        long counts = Math.Max(_clock.Now - _started, 0) / CountNs;
        if (before != TimerMode.Periodic)
        {
            _hasRunOut = counts >= _initialCount;
            return;
        }

        _started += counts / _initialCount * _initialCount * CountNs;
        _timer.Arm(_started + PeriodNs());
    }

    private void WriteInitialCount(uint value)
    {
        if (Mode == TimerMode.Deadline)
        {
            return;
        }

        _initialCount = value;
        _hasRunOut = false;
        RestartCount();
    }

    private void RestartCount()
    {
        if (Mode == TimerMode.Deadline || _hasRunOut)
        {
            return;
        }

        _started = _clock.Now;
        if (_initialCount == 0)
        {
            _timer.Disarm();
            return;
        }

        _timer.Arm(_started + PeriodNs());
    }

    private long PeriodNs()
    {
        long period = _initialCount * CountNs;
        return Mode == TimerMode.Periodic ? Math.Max(period, MinPeriodNs) : period;
    }

    private uint CurrentCount()
    {
        if (_initialCount == 0 || _hasRunOut || Mode == TimerMode.Deadline)
        {
            return 0;
        }

        long passed = (_clock.Now - _started) / CountNs;
        if (Mode == TimerMode.Periodic)
        {
            return _initialCount - (uint)(passed % _initialCount);
        }

        return passed >= _initialCount ? 0 : _initialCount - (uint)passed;
    }

    private void TimerDue()
    {
        lock (_gate)
        {
            if (_host is not null)
            {
                return;
            }

            switch (Mode)
            {
                case TimerMode.Deadline when _deadline == 0:
                case TimerMode.OneShot or TimerMode.Periodic when _initialCount == 0:
                    return;
                case TimerMode.Deadline:
                    _deadline = 0;
                    break;
                case TimerMode.Periodic when !_hasRunOut:
                    Rearm();
                    break;
                default:
                    _hasRunOut = true;
                    break;
            }
        }

        RequestTimer();
    }

    private void RequestTimer()
    {
        uint entry;
        lock (_gate)
        {
            entry = _localVectors[LvtTimer];
        }

        if ((entry & LvtMasked) == 0)
        {
            Request((byte)entry, level: false);
        }
    }

    // Ticks that the host was too late for are dropped, not made up for: a guest cannot use a burst.
    private void Rearm()
    {
        long period = PeriodNs();
        long missed = Math.Max((_clock.Now - _started) / period, 1);
        _started += missed * period;
        _timer.Arm(_started + period);
    }
}
