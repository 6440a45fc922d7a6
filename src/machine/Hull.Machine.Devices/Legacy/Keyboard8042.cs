using Hull.Machine.Devices.Bus;
using Hull.Machine.Devices.Interrupts;
using Hull.Machine.Devices.Power;
using Hull.Machine.State;

namespace Hull.Machine.Devices.Legacy;

/// <summary>An 8042 keyboard controller with a keyboard whose keys nobody presses, and no mouse.</summary>
/// <remarks>
/// Source: IBM PC/AT technical reference (1984), "Keyboard controller" and "Keyboard". Commands, self tests, the keyboard's own
/// commands and answers, and the reset pulse work. Thread-safe.
/// </remarks>
public sealed class Keyboard8042 : ISavable
{
    /// <summary>The data port.</summary>
    public const int DataPort = 0x60;

    /// <summary>The status and command port.</summary>
    public const int CommandPort = 0x64;

    private const int MemoryBytes = 32;
    private const int MaxWaiting = 16;
    private const byte StatusOutputFull = 0x01;
    private const byte StatusSystem = 0x04;
    private const byte StatusCommand = 0x08;
    private const byte StatusUnlocked = 0x10;
    private const byte ModeInterrupt = 0x01;
    private const byte ModeSystem = 0x04;
    private const byte ModeKeyboardOff = 0x10;
    private const byte ModeMouseOff = 0x20;
    private const byte ModeTranslate = 0x40;
    private const byte OutputNotReset = 0x01;
    private const byte OutputAddressLine = 0x02;
    private const byte OutputInterrupt = 0x10;
    private const byte Acknowledge = 0xFA;
    private const byte Resend = 0xFE;
    private const byte TestPassed = 0xAA;

    private readonly Lock _gate = new();
    private readonly InterruptLine _line;
    private readonly Action<PowerEvent> _happened;
    private readonly Queue<byte> _waiting = new(MaxWaiting);
    private readonly byte[] _memory = new byte[MemoryBytes];
    private byte _output = OutputNotReset | OutputAddressLine;
    private byte _command;
    private byte _keyCommand;
    private byte _codeSet = 2;
    private byte _last;
    private bool _lastWasCommand;

    /// <summary>Creates a controller as firmware leaves it: keyboard on, translating, without interrupts.</summary>
    /// <param name="line">Interrupt 1.</param>
    /// <param name="happened">Told when the guest pulls the reset line.</param>
    public Keyboard8042(InterruptLine line, Action<PowerEvent> happened)
    {
        ArgumentNullException.ThrowIfNull(line);
        ArgumentNullException.ThrowIfNull(happened);
        _line = line;
        _happened = happened;
        _memory[0] = ModeSystem | ModeTranslate | ModeMouseOff;
        Data = new Port(this, isCommand: false);
        Commands = new Port(this, isCommand: true);
    }

    /// <summary>Port 0x60.</summary>
    public IPortDevice Data { get; }

    /// <summary>Port 0x64.</summary>
    public IPortDevice Commands { get; }

    /// <inheritdoc/>
    public void Save(StateWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        lock (_gate)
        {
            writer.Bytes(_memory);
            writer.Bytes([_output, _command, _keyCommand, _codeSet, _last]);
            writer.Flag(_lastWasCommand);
            writer.Block([.. _waiting]);
        }
    }

    /// <inheritdoc/>
    public void Load(StateReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        lock (_gate)
        {
            reader.Bytes(_memory);
            (_output, _command, _keyCommand) = (reader.U8(), reader.U8(), reader.U8());
            (_codeSet, _last, _lastWasCommand) = (reader.U8(), reader.U8(), reader.Flag());
            _waiting.Clear();
            foreach (byte value in reader.Block(MaxWaiting))
            {
                _waiting.Enqueue(value);
            }

            Refresh();
        }
    }

    private byte Status()
    {
        byte full = _waiting.Count > 0 ? StatusOutputFull : (byte)0;
        byte system = (byte)((_memory[0] & ModeSystem) != 0 ? StatusSystem : 0);
        return (byte)(full | system | StatusUnlocked | (_lastWasCommand ? StatusCommand : 0));
    }

    // An edge for every byte: the line falls when one is taken and rises for the next.
    private byte Take()
    {
        if (_waiting.TryDequeue(out byte value))
        {
            _last = value;
            _line.Set(false);
            Refresh();
        }

        return _last;
    }

    private void Refresh() => _line.Set(_waiting.Count > 0 && (_memory[0] & ModeInterrupt) != 0);

    private void Answer(params ReadOnlySpan<byte> values)
    {
        foreach (byte value in values)
        {
            if (_waiting.Count < MaxWaiting)
            {
                _waiting.Enqueue(value);
            }
        }

        Refresh();
    }

    private void Command(byte value)
    {
        _lastWasCommand = true;
        _command = 0;
        switch (value)
        {
            case >= 0x20 and < 0x40:
                Answer(_memory[value - 0x20]);
                break;
            case (>= 0x60 and < 0x80) or 0xD1 or 0xD2 or 0xD3 or 0xD4:
                _command = value;
                break;
            case 0xA7 or 0xA8:
                SetMode(ModeMouseOff, value == 0xA7);
                break;
            case 0xA9:
                // Nothing hangs on the second port: its clock line is stuck low.
                Answer(1);
                break;
            case 0xAA:
                _memory[0] |= ModeSystem;
                Answer(0x55);
                break;
            case 0xAB:
                Answer(0);
                break;
            case 0xAD or 0xAE:
                SetMode(ModeKeyboardOff, value == 0xAD);
                break;
            case 0xC0:
                Answer(0x80);
                break;
            case 0xD0:
                Answer((byte)(_output | (_waiting.Count > 0 ? OutputInterrupt : 0)));
                break;
            case >= 0xF0 when (value & OutputNotReset) == 0:
                _happened(PowerEvent.Reset);
                break;
            default:
                break;
        }
    }

    private void SetMode(byte bit, bool set) => _memory[0] = (byte)(set ? _memory[0] | bit : _memory[0] & ~bit);

    private void WriteData(byte value)
    {
        _lastWasCommand = false;
        byte command = _command;
        _command = 0;
        switch (command)
        {
            case 0:
                SetMode(ModeKeyboardOff, set: false);
                ToKeyboard(value);
                break;
            case >= 0x60 and < 0x80:
                _memory[command - 0x60] = value;
                Refresh();
                break;
            case 0xD1:
                _output = value;
                if ((value & OutputNotReset) == 0)
                {
                    _happened(PowerEvent.Reset);
                }

                break;
            case 0xD2:
                Answer(value);
                break;
            default:
                // For a mouse, or as if from one: there is none.
                break;
        }
    }

    private void ToKeyboard(byte value)
    {
        byte command = _keyCommand;
        _keyCommand = 0;
        if (command != 0)
        {
            KeyboardOperand(command, value);
            return;
        }

        switch (value)
        {
            case 0xED or 0xF0 or 0xF3:
                _keyCommand = value;
                Answer(Acknowledge);
                break;
            case 0xEE:
                Answer(0xEE);
                break;
            case 0xF2:
                // A keyboard of the second kind; translation changes the last byte.
                Answer(Acknowledge, 0xAB, (_memory[0] & ModeTranslate) != 0 ? (byte)0x41 : (byte)0x83);
                break;
            case 0xF4:
                Answer(Acknowledge);
                break;
            case 0xF5 or 0xF6:
                _codeSet = 2;
                Answer(Acknowledge);
                break;
            case 0xFE:
                Answer(_last);
                break;
            case 0xFF:
                _codeSet = 2;
                Answer(Acknowledge, TestPassed);
                break;
            default:
                Answer(Resend);
                break;
        }
    }

    private void KeyboardOperand(byte command, byte value)
    {
        if (command != 0xF0)
        {
            Answer(Acknowledge);
        }
        else if (value == 0)
        {
            Answer(Acknowledge, _codeSet);
        }
        else
        {
            _codeSet = value <= 3 ? value : _codeSet;
            Answer(value <= 3 ? Acknowledge : Resend);
        }
    }

    private sealed class Port(Keyboard8042 controller, bool isCommand) : IPortDevice
    {
        public uint ReadPort(int offset, int size)
        {
            lock (controller._gate)
            {
                return isCommand ? controller.Status() : controller.Take();
            }
        }

        public void WritePort(int offset, int size, uint value)
        {
            lock (controller._gate)
            {
                if (isCommand)
                {
                    controller.Command((byte)value);
                }
                else
                {
                    controller.WriteData((byte)value);
                }
            }
        }
    }
}
