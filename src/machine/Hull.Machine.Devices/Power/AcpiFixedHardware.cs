using Hull.Machine.Devices.Bus;
using Hull.Machine.Devices.Clock;
using Hull.Machine.Devices.Interrupts;
using Hull.Machine.State;

namespace Hull.Machine.Devices.Power;

/// <summary>The power registers of an ACPI machine that is not hardware-reduced: events, control, the power-management timer.</summary>
/// <remarks>
/// Source: ACPI 6.5 §4.8.3. The power button is the only event that ever happens; the timer's carry is not an event here. The only
/// sleep state is S5, off. Thread-safe.
/// </remarks>
public sealed class AcpiFixedHardware : IPortDevice, ISavable
{
    /// <summary>How many ports it takes.</summary>
    public const int PortCount = 12;

    /// <summary>Offset of the event registers: two bytes of status, two of enable.</summary>
    public const int EventOffset = 0;

    /// <summary>Offset of the control register, two bytes.</summary>
    public const int ControlOffset = 4;

    /// <summary>Offset of the timer, four bytes.</summary>
    public const int TimerOffset = 8;

    private const int EnableOffset = 2;
    private const long TimerFrequency = 3_579_545;
    private const long NanosecondsPerSecond = 1_000_000_000;
    private const ushort PowerButton = 1 << 8;
    private const ushort Enables = PowerButton | (1 << 0) | (1 << 5) | (1 << 9) | (1 << 10);
    private const ushort AcpiIsOn = 1;
    private const ushort SleepEnable = 1 << 13;
    private const int SleepTypeShift = 10;
    private const ushort SleepType = 7 << SleepTypeShift;

    private readonly Lock _gate = new();
    private readonly MachineClock _clock;
    private readonly InterruptLine _line;
    private readonly Action<PowerEvent> _happened;
    private ushort _status;
    private ushort _enable;
    private ushort _control = AcpiIsOn;

    /// <summary>Creates the registers; ACPI is on from the start.</summary>
    /// <param name="clock">Drives the timer.</param>
    /// <param name="line">The system control interrupt, a level.</param>
    /// <param name="happened">Told when the guest switches off.</param>
    public AcpiFixedHardware(MachineClock clock, InterruptLine line, Action<PowerEvent> happened)
    {
        ArgumentNullException.ThrowIfNull(clock);
        ArgumentNullException.ThrowIfNull(line);
        ArgumentNullException.ThrowIfNull(happened);
        _clock = clock;
        _line = line;
        _happened = happened;
    }

    /// <summary>Presses the power button; the guest clears it.</summary>
    public void PressPowerButton()
    {
        lock (_gate)
        {
            _status |= PowerButton;
            Refresh();
        }
    }

    /// <inheritdoc/>
    public uint ReadPort(int offset, int size)
    {
        lock (_gate)
        {
            ulong low = _status | ((ulong)_enable << 16) | ((ulong)_control << 32);
            return offset >= TimerOffset ? Timer() >> ((offset - TimerOffset) * 8) : (uint)(low >> (offset * 8));
        }
    }

    /// <inheritdoc/>
    public void WritePort(int offset, int size, uint value)
    {
        lock (_gate)
        {
            for (int i = 0; i < size; i++)
            {
                WriteByte(offset + i, (byte)(value >> (i * 8)));
            }

            Refresh();
        }
    }

    /// <inheritdoc/>
    public void Save(StateWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.U16(_status);
        writer.U16(_enable);
        writer.U16(_control);
    }

    /// <inheritdoc/>
    public void Load(StateReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        lock (_gate)
        {
            _status = (ushort)(reader.U16() & PowerButton);
            _enable = (ushort)(reader.U16() & Enables);
            _control = (ushort)((reader.U16() & SleepType) | AcpiIsOn);
            Refresh();
        }
    }

    private uint Timer() => (uint)((Int128)_clock.Now * TimerFrequency / NanosecondsPerSecond);

    private void Refresh() => _line.Set((_status & _enable) != 0);

    private void WriteByte(int offset, byte value)
    {
        int shift = (offset & 1) * 8;
        ushort bits = (ushort)(value << shift);
        ushort others = (ushort)(0xFF00 >> shift);
        switch (offset & ~1)
        {
            case EventOffset:
                // Written ones clear.
                _status = (ushort)(_status & ~bits);
                break;
            case EnableOffset:
                _enable = (ushort)(((_enable & others) | bits) & Enables);
                break;
            case ControlOffset:
                _control = (ushort)((((_control & others) | bits) & SleepType) | AcpiIsOn);
                bool isOff = _control >> SleepTypeShift == AcpiPower.SleepTypeOff;
                if ((bits & SleepEnable) != 0 && isOff)
                {
                    _happened(PowerEvent.PowerOff);
                }

                break;
            default:
                break;
        }
    }
}
