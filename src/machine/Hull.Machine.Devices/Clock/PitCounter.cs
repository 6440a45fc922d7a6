using Hull.Machine.State;

namespace Hull.Machine.Devices.Clock;

/// <summary>One counter of an 8254, as a function of time. The timer around it keeps the lock.</summary>
/// <remarks>Source: Intel 8254 data sheet (order 231164), "Mode Definitions".</remarks>
internal sealed class PitCounter : ISavable
{
    /// <summary>Counts a second: a third of the colour burst's 3.579545 MHz.</summary>
    internal const long Frequency = 1_193_182;

    private const long NanosecondsPerSecond = 1_000_000_000;
    private const int BinaryModulus = 0x1_0000;
    private const int DecimalModulus = 10_000;
    private const long MaxStopped = 1L << 50;
    private const byte HighByte = 2;
    private const byte BothBytes = 3;

    private long _started;
    private long _stopped;
    private int _count = BinaryModulus;
    private int _next;
    private long _nextAt = long.MaxValue;
    private bool _nextIsLow;
    private byte _access = BothBytes;
    private byte _mode;
    private bool _isDecimal;
    private bool _isLoaded;
    private bool _gate = true;
    private byte _written;
    private bool _writesHigh;
    private bool _readsHigh;
    private ushort _latch;
    private bool _isLatched;
    private byte _status;
    private bool _hasStatus;

    internal bool Gate => _gate;

    private int Modulus => _isDecimal ? DecimalModulus : BinaryModulus;

    internal void SetMode(byte control)
    {
        _access = (byte)(control >> 4 & 3);
        _mode = (byte)(control >> 1 & 7);
        _mode = _mode > 5 ? (byte)(_mode & 3) : _mode;
        _isDecimal = (control & 1) != 0;
        _isLoaded = false;
        _next = 0;
        _writesHigh = false;
        _readsHigh = false;
        _isLatched = false;
        _hasStatus = false;
    }

    internal void Latch(long now)
    {
        if (!_isLatched)
        {
            _latch = Shown(now);
            _isLatched = true;
        }
    }

    internal void LatchStatus(long now)
    {
        if (!_hasStatus)
        {
            TakeNext(now);
            _status = (byte)((IsHigh(now) ? 0x80 : 0) | (_isLoaded && _next == 0 ? 0 : 0x40) | (_access << 4) | (_mode << 1) | (_isDecimal ? 1 : 0));
            _hasStatus = true;
        }
    }

    internal void SetGate(bool gate, long now)
    {
        // A rising edge starts a count anew in all modes but 0 and 4, which stand still while the gate is low.
        bool rises = gate && !_gate;
        TakeNext(now);
        if (rises && _next != 0)
        {
            (_count, _next) = (_next, 0);
        }

        if (rises && _mode is not (0 or 4) && (_isLoaded || _mode is 1 or 5))
        {
            _started = now;
            _isLoaded = true;
        }

        if (_gate && !gate && StopsWithGate)
        {
            _stopped = Passed(now);
        }
        else if (rises && _mode is (0 or 4))
        {
            _started = now - ToNanoseconds(_stopped);
        }

        _gate = gate;
    }

    internal void Write(byte value, long now)
    {
        bool isHigh = _access == HighByte || (_access == BothBytes && _writesHigh);
        if (_access == BothBytes)
        {
            _writesHigh = !_writesHigh;
            if (_writesHigh)
            {
                _written = value;
                return;
            }
        }

        int raw = isHigh ? (value << 8) | (_access == BothBytes ? _written : 0) : value;
        int count = _isDecimal ? FromDecimal(raw) : raw;
        count = count == 0 ? Modulus : count;
        TakeNext(now);
        if (_isLoaded && _mode is 2 or 3)
        {
            Follow(count, now);
            return;
        }

        _count = count;
        _started = now;
        _stopped = 0;
        _isLoaded = _mode is not (1 or 5);
    }

    internal byte Read(long now)
    {
        if (_hasStatus)
        {
            _hasStatus = false;
            return _status;
        }

        ushort shown = _isLatched ? _latch : Shown(now);
        bool isHigh = _access == HighByte || (_access == BothBytes && _readsHigh);
        _readsHigh = _access == BothBytes && !_readsHigh;
        _isLatched &= _readsHigh;
        return (byte)(isHigh ? shown >> 8 : shown);
    }

    /// <summary>The level of its output.</summary>
    internal bool IsHigh(long now)
    {
        TakeNext(now);
        if (!_isLoaded)
        {
            return _mode != 0;
        }

        long passed = Passed(now);
        return _mode switch
        {
            0 or 1 => passed >= _count,
            2 => passed % _count != _count - 1,
            3 => passed % _count < HighCounts(_count),
            _ => passed != _count,
        };
    }

    /// <summary>When its output rises next after a time; <see cref="long.MaxValue"/> for never.</summary>
    internal long NextRise(long now)
    {
        TakeNext(now);
        if (!_isLoaded || !_gate)
        {
            return long.MaxValue;
        }

        long passed = Passed(now);
        if (_next != 0 && _mode == 3 && passed % _count < HighCounts(_count))
        {
            // The low half that follows has the next count's length.
            return _nextAt - ToNanoseconds(HighCounts(_next)) + ToNanoseconds(_next);
        }

        long at = _mode is 2 or 3 ? ((passed / _count) + 1) * _count : _mode is 4 or 5 ? _count + 1 : _count;
        return at > passed ? _started + ToNanoseconds(at) : long.MaxValue;
    }

    /// <inheritdoc/>
    public void Save(StateWriter writer)
    {
        writer.I64(_started);
        writer.I64(_stopped);
        writer.U32((uint)_count);
        writer.U32((uint)_next);
        writer.I64(_nextAt);
        writer.Flag(_nextIsLow);
        writer.Bytes([_access, _mode, _written, _status]);
        writer.U16(_latch);
        foreach (bool flag in (ReadOnlySpan<bool>)
            [_isDecimal, _isLoaded, _gate, _writesHigh, _readsHigh, _isLatched, _hasStatus])
        {
            writer.Flag(flag);
        }
    }

    /// <inheritdoc/>
    public void Load(StateReader reader)
    {
        (_started, _stopped) = (reader.Time(), reader.Time());
        uint count = reader.U32();
        uint next = reader.U32();
        (_nextAt, _nextIsLow) = (reader.Time(), reader.Flag());
        (_access, _mode, _written, _status) = (reader.U8(), reader.U8(), reader.U8(), reader.U8());
        _latch = reader.U16();
        (_isDecimal, _isLoaded, _gate) = (reader.Flag(), reader.Flag(), reader.Flag());
        (_writesHigh, _readsHigh, _isLatched, _hasStatus) = (reader.Flag(), reader.Flag(), reader.Flag(), reader.Flag());
        if (count is 0 or > BinaryModulus || next > BinaryModulus || _stopped > MaxStopped || _access is 0 or > BothBytes || _mode > 5)
        {
            throw reader.Damaged();
        }

        (_count, _next) = ((int)count, (int)next);
    }

    private static long HighCounts(int count) => (count + 1) / 2;

    // A count that is written while modes 2 and 3 count waits for the end of the running period, or half of it in mode 3.
    private void Follow(int count, long now)
    {
        long passed = Passed(now);
        long phase = passed % _count;
        _nextIsLow = _mode == 3 && phase < HighCounts(_count);
        _nextAt = _started + ToNanoseconds(passed - phase + (_nextIsLow ? HighCounts(_count) : _count));
        _next = count;
    }

    private void TakeNext(long now)
    {
        if (_next == 0 || !_gate || now < _nextAt)
        {
            return;
        }

        _started = _nextAt - (_nextIsLow ? ToNanoseconds(HighCounts(_next)) : 0);
        (_count, _next) = (_next, 0);
    }

    private static long ToNanoseconds(long counts) => (long)(((Int128)counts * NanosecondsPerSecond / Frequency) + 1);

    // In modes 1 and 5 the gate only starts.
    private bool StopsWithGate => _mode is not (1 or 5);

    private long Passed(long now) => !_gate && StopsWithGate ? _stopped
        : (long)((Int128)Math.Max(0, now - _started) * Frequency / NanosecondsPerSecond);

    private ushort Shown(long now)
    {
        TakeNext(now);
        long passed = _isLoaded ? Passed(now) : 0;
        long left = _mode switch
        {
            2 => _count - (passed % _count),
            3 => _count - (passed * 2 % _count),
            _ => ((_count - passed) % Modulus) + Modulus,
        };
        int shown = (int)(left % Modulus);
        return (ushort)(_isDecimal ? ToDecimal(shown) : shown);
    }

    private static int FromDecimal(int value) =>
        (Math.Min(value >> 12, 9) * 1000) + (Math.Min(value >> 8 & 15, 9) * 100) + (Math.Min(value >> 4 & 15, 9) * 10) + Math.Min(value & 15, 9);

    private static int ToDecimal(int value) =>
        (value / 1000 << 12) | (value / 100 % 10 << 8) | (value / 10 % 10 << 4) | (value % 10);
}
