using Hull.Machine.Devices.Bus;
using Hull.Machine.Devices.Clock;
using Hull.Machine.Devices.Interrupts;

namespace Hull.Machine.Devices.Legacy;

/// <summary>An MC146818 real-time clock with 128 bytes of CMOS memory.</summary>
/// <remarks>
/// Source: Motorola MC146818A data sheet (1988). Time of day, alarm and update-ended interrupts and the periodic interrupt work; the guest may
/// set the time, which shifts this clock and not the host's. Thread-safe.
/// </remarks>
public sealed partial class RealTimeClock : IPortDevice
{
    /// <summary>The first of its two ports.</summary>
    public const int FirstPort = 0x70;

    /// <summary>How many ports it takes.</summary>
    public const int PortCount = 2;

    private const int CmosBytes = 128;
    private const int Seconds = 0;
    private const int SecondsAlarm = 1;
    private const int Minutes = 2;
    private const int MinutesAlarm = 3;
    private const int Hours = 4;
    private const int HoursAlarm = 5;
    private const int DayOfWeek = 6;
    private const int DayOfMonth = 7;
    private const int Month = 8;
    private const int Year = 9;
    private const int StatusA = 0xA;
    private const int StatusB = 0xB;
    private const int StatusC = 0xC;
    private const int StatusD = 0xD;
    private const int Century = 0x32;
    private const byte Divider32Khz = 0x26;
    private const byte Rate = 0x0F;
    private const byte SetMode = 0x80;
    private const byte Periodic = 0x40;
    private const byte Alarm = 0x20;
    private const byte UpdateEnded = 0x10;
    private const byte Binary = 0x04;
    private const byte TwentyFourHours = 0x02;
    private const byte AnyInterrupt = 0x80;
    private const byte Afternoon = 0x80;
    private const byte DontCare = 0xC0;
    private const byte ValidRam = 0x80;
    private const long NanosecondsPerSecond = 1_000_000_000;

    private readonly Lock _gate = new();
    private readonly MachineClock _clock;
    private readonly InterruptLine _line;
    private readonly MachineTimer _timer;
    private readonly byte[] _cmos = new byte[CmosBytes];
    private byte _index;
    private long _shiftNs;
    private long _nextPeriodic;
    private long _nextSecond;

    /// <summary>Creates a clock that shows UTC.</summary>
    public RealTimeClock(MachineClock clock, InterruptLine line)
    {
        ArgumentNullException.ThrowIfNull(clock);
        ArgumentNullException.ThrowIfNull(line);
        _clock = clock;
        _line = line;
        _timer = clock.CreateTimer(Due);
        _cmos[StatusA] = Divider32Khz;
        _cmos[StatusB] = TwentyFourHours;
        _cmos[StatusD] = ValidRam;
    }

    private DateTimeOffset Time => DateTimeOffset.UnixEpoch.AddTicks((_clock.WallNow + _shiftNs) / 100);

    /// <inheritdoc/>
    public uint ReadPort(int offset, int size)
    {
        lock (_gate)
        {
            return offset == 0 ? _index : ReadRegister(_index);
        }
    }

    /// <inheritdoc/>
    public void WritePort(int offset, int size, uint value)
    {
        lock (_gate)
        {
            if (offset == 0)
            {
                // Bit 7 masks NMIs on a PC; no board here has a source that it would hold back.
                _index = (byte)(value & (CmosBytes - 1));
                return;
            }

            WriteRegister(_index, (byte)value);
        }
    }

    private byte ReadRegister(int index)
    {
        if (index == StatusC)
        {
            byte flags = _cmos[StatusC];
            _cmos[StatusC] = 0;
            _line.Set(false);
            return flags;
        }

        bool isStopped = (_cmos[StatusB] & SetMode) != 0;
        return isStopped || !IsTime(index) ? _cmos[index] : TimeField(index);
    }

    private byte TimeField(int index)
    {
        DateTimeOffset now = Time;
        return index switch
        {
            Seconds => Encode(now.Second),
            Minutes => Encode(now.Minute),
            Hours => EncodeHour(now.Hour),
            DayOfWeek => Encode((int)now.DayOfWeek + 1),
            DayOfMonth => Encode(now.Day),
            Month => Encode(now.Month),
            Year => Encode(now.Year % 100),
            _ => Encode(now.Year / 100),
        };
    }

    private void WriteRegister(int index, byte value)
    {
        switch (index)
        {
            case StatusA:
                _cmos[StatusA] = (byte)(value & 0x7F);
                Schedule();
                break;
            case StatusB:
                WriteStatusB(value);
                break;
            case StatusC or StatusD:
                break;
            default:
                _cmos[index] = value;
                if (IsTime(index) && (_cmos[StatusB] & SetMode) == 0)
                {
                    SetFromRegisters(index);
                }

                break;
        }
    }

    private void WriteStatusB(byte value)
    {
        bool stops = (value & ~_cmos[StatusB] & SetMode) != 0;
        bool starts = (~value & _cmos[StatusB] & SetMode) != 0;
        _cmos[StatusB] = value;
        if (stops)
        {
            CopyTimeToRegisters();
        }

        if (starts)
        {
            SetFromRegisters(-1);
        }

        Schedule();
    }

    private void CopyTimeToRegisters()
    {
        ReadOnlySpan<int> fields = [Seconds, Minutes, Hours, DayOfWeek, DayOfMonth, Month, Year, Century];
        foreach (int field in fields)
        {
            _cmos[field] = TimeField(field);
        }
    }

    // A time that does not exist is not taken: the clock goes on as before.
    private void SetFromRegisters(int only)
    {
        if (only >= 0)
        {
            byte written = _cmos[only];
            CopyTimeToRegisters();
            _cmos[only] = written;
        }

        int year = (Decode(_cmos[Century]) * 100) + Decode(_cmos[Year]);
        int month = Decode(_cmos[Month]);
        int day = Decode(_cmos[DayOfMonth]);
        int hour = DecodeHour(_cmos[Hours]);
        int minute = Decode(_cmos[Minutes]);
        int second = Decode(_cmos[Seconds]);
        bool exists = year is >= 1970 and < 2200 && month is >= 1 and <= 12 && day >= 1
            && day <= DateTimeDays(year, month) && hour < 24 && minute < 60 && second < 60;
        if (exists)
        {
            DateTimeOffset set = new(year, month, day, hour, minute, second, TimeSpan.Zero);
            _shiftNs = ((set - DateTimeOffset.UnixEpoch).Ticks * 100) - _clock.WallNow;
        }
    }

    private static int DateTimeDays(int year, int month) => month switch
    {
        2 => year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28,
        4 or 6 or 9 or 11 => 30,
        _ => 31,
    };

    private static bool IsTime(int index) =>
        index is Seconds or Minutes or Hours or DayOfWeek or DayOfMonth or Month or Year or Century;

    private byte Encode(int value) =>
        (_cmos[StatusB] & Binary) != 0 ? (byte)value : (byte)(((value / 10) << 4) | (value % 10));

    private int Decode(byte value) => (_cmos[StatusB] & Binary) != 0 ? value : ((value >> 4) * 10) + (value & 0xF);

    private byte EncodeHour(int hour)
    {
        if ((_cmos[StatusB] & TwentyFourHours) != 0)
        {
            return Encode(hour);
        }

        int twelve = hour % 12 == 0 ? 12 : hour % 12;
        return (byte)(Encode(twelve) | (hour >= 12 ? Afternoon : 0));
    }

    private int DecodeHour(byte value)
    {
        if ((_cmos[StatusB] & TwentyFourHours) != 0)
        {
            return Decode(value);
        }

        int hour = Decode((byte)(value & ~Afternoon)) % 12;
        return (value & Afternoon) != 0 ? hour + 12 : hour;
    }

    // Rates 1 and 2 repeat 8 and 9. Source: MC146818A data sheet, table 5, for the 32,768 Hz crystal.
    private long PeriodNs()
    {
        int rate = _cmos[StatusA] & Rate;
        return rate == 0 ? 0 : (1L << ((rate <= 2 ? rate + 7 : rate) - 1)) * NanosecondsPerSecond / 32_768;
    }

    private void Schedule()
    {
        byte enabled = _cmos[StatusB];
        long now = _clock.Now;
        long period = PeriodNs();
        _nextPeriodic = (enabled & Periodic) != 0 && period != 0 ? now + period : long.MaxValue;
        long intoSecond = (_clock.WallNow + _shiftNs) % NanosecondsPerSecond;
        _nextSecond = (enabled & (Alarm | UpdateEnded)) != 0 && (enabled & SetMode) == 0
            ? now + NanosecondsPerSecond - intoSecond
            : long.MaxValue;
        _timer.Arm(Math.Min(_nextPeriodic, _nextSecond));
    }

    private void Due()
    {
        lock (_gate)
        {
            long now = _clock.Now;
            byte flags = 0;
            if (now >= _nextPeriodic)
            {
                flags |= Periodic;
                _nextPeriodic = now + PeriodNs();
            }

            if (now >= _nextSecond)
            {
                flags |= (byte)(UpdateEnded | (AlarmMatches() ? Alarm : 0));
                _nextSecond += NanosecondsPerSecond;
            }

            _cmos[StatusC] |= flags;
            if ((_cmos[StatusC] & _cmos[StatusB] & (Periodic | Alarm | UpdateEnded)) != 0)
            {
                _cmos[StatusC] |= AnyInterrupt;
                _line.Set(true);
            }

            _timer.Arm(Math.Min(_nextPeriodic, _nextSecond));
        }
    }

    private bool AlarmMatches() =>
        Matches(SecondsAlarm, Seconds) && Matches(MinutesAlarm, Minutes) && Matches(HoursAlarm, Hours);

    private bool Matches(int alarm, int field) =>
        (_cmos[alarm] & DontCare) == DontCare || _cmos[alarm] == TimeField(field);
}
