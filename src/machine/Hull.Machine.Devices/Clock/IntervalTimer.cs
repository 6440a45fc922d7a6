using Hull.Machine.Devices.Bus;
using Hull.Machine.Devices.Interrupts;
using Hull.Machine.State;

namespace Hull.Machine.Devices.Clock;

/// <summary>A PC's 8254 interval timer: three counters, the first on an interrupt, the third on a speaker nobody hears.</summary>
/// <remarks>Source: Intel 8254 data sheet (order 231164); port 0x61 as in the IBM PC/AT's technical reference. Thread-safe.</remarks>
public sealed class IntervalTimer : IPortDevice, ISavable
{
    /// <summary>The first of its ports.</summary>
    public const int FirstPort = 0x40;

    /// <summary>How many ports it takes.</summary>
    public const int PortCount = 4;

    /// <summary>The port with the third counter's gate and output.</summary>
    public const int SpeakerPort = 0x61;

    // A tick more often than this is not an interrupt but an attack on the host's clock thread.
    private const long LeastPeriodNs = 20_000;
    private const int Counters = 3;
    private const int SpeakerCounter = 2;
    private const int ControlOffset = 3;
    private const byte GateBit = 0x01;
    private const byte SpeakerBit = 0x02;
    private const byte RefreshBit = 0x10;
    private const byte OutputBit = 0x20;
    private const long RefreshNs = 15_085;

    private readonly Lock _gate = new();
    private readonly MachineClock _clock;
    private readonly InterruptLine _line;
    private readonly MachineTimer _timer;
    private readonly PitCounter[] _counters = [new(), new(), new()];
    private byte _speaker;

    /// <summary>Creates a timer whose counters have never been set.</summary>
    public IntervalTimer(MachineClock clock, InterruptLine line)
    {
        ArgumentNullException.ThrowIfNull(clock);
        ArgumentNullException.ThrowIfNull(line);
        _clock = clock;
        _line = line;
        _timer = clock.CreateTimer(Due);
        _counters[SpeakerCounter].SetGate(false, 0);
        Speaker = new SpeakerRegister(this);
    }

    /// <summary>Port 0x61.</summary>
    public IPortDevice Speaker { get; }

    /// <inheritdoc/>
    public uint ReadPort(int offset, int size)
    {
        lock (_gate)
        {
            return offset == ControlOffset ? 0u : _counters[offset].Read(_clock.Now);
        }
    }

    /// <inheritdoc/>
    public void WritePort(int offset, int size, uint value)
    {
        lock (_gate)
        {
            if (offset == ControlOffset)
            {
                Control((byte)value);
            }
            else
            {
                _counters[offset].Write((byte)value, _clock.Now);
            }

            if (offset is 0 or ControlOffset)
            {
                Rearm();
            }
        }
    }

    /// <inheritdoc/>
    public void Save(StateWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        lock (_gate)
        {
            foreach (PitCounter counter in _counters)
            {
                counter.Save(writer);
            }

            writer.U8(_speaker);
        }
    }

    /// <inheritdoc/>
    public void Load(StateReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        lock (_gate)
        {
            foreach (PitCounter counter in _counters)
            {
                counter.Load(reader);
            }

            _speaker = (byte)(reader.U8() & (GateBit | SpeakerBit));
            _timer.Arm(NextTick());
        }
    }

    // Source: 8254 data sheet, "Read-Back Command": 11 in the upper bits, then not-count, not-status, and a bit for each counter.
    private void Control(byte value)
    {
        const byte NotCount = 0x20;
        const byte NotStatus = 0x10;
        int counter = value >> 6;
        if (counter < Counters)
        {
            if ((value & 0x30) == 0)
            {
                _counters[counter].Latch(_clock.Now);
            }
            else
            {
                _counters[counter].SetMode(value);
            }

            return;
        }

        for (int i = 0; i < Counters; i++)
        {
            if ((value >> (i + 1) & 1) != 0)
            {
                if ((value & NotCount) == 0)
                {
                    _counters[i].Latch(_clock.Now);
                }

                if ((value & NotStatus) == 0)
                {
                    _counters[i].LatchStatus(_clock.Now);
                }
            }
        }
    }

    private long NextTick()
    {
        long now = _clock.Now;
        long next = _counters[0].NextRise(now);
        return next == long.MaxValue ? next : Math.Max(next, now + LeastPeriodNs);
    }

    private void Rearm()
    {
        _line.Set(_counters[0].IsHigh(_clock.Now));
        _timer.Arm(NextTick());
    }

    // Ticks that the host was too late for are not made up for.
    private void Due()
    {
        lock (_gate)
        {
            _line.Set(false);
            _line.Set(true);
            _timer.Arm(NextTick());
        }
    }

    private sealed class SpeakerRegister(IntervalTimer timer) : IPortDevice
    {
        public uint ReadPort(int offset, int size)
        {
            lock (timer._gate)
            {
                long now = timer._clock.Now;
                byte refresh = (now / RefreshNs & 1) != 0 ? RefreshBit : (byte)0;
                byte output = timer._counters[SpeakerCounter].IsHigh(now) ? OutputBit : (byte)0;
                return (uint)(timer._speaker | refresh | output);
            }
        }

        public void WritePort(int offset, int size, uint value)
        {
            lock (timer._gate)
            {
                timer._speaker = (byte)(value & (GateBit | SpeakerBit));
                timer._counters[SpeakerCounter].SetGate((value & GateBit) != 0, timer._clock.Now);
            }
        }
    }
}
