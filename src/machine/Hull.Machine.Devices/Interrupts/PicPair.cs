using Hull.Machine.Devices.Bus;
using Hull.Machine.State;

namespace Hull.Machine.Devices.Interrupts;

/// <summary>The two 8259A interrupt controllers of a PC: sixteen inputs, the second chip on the first one's input 2.</summary>
/// <remarks>Source: Intel 8259A data sheet; the edge/level registers at 0x4D0 are those of EISA and Intel's PIIX4 data sheet. Thread-safe.</remarks>
public sealed class PicPair : IInterruptSink, ISavable
{
    /// <summary>How many inputs there are; number 2 is taken by the second chip.</summary>
    public const int Inputs = 16;

    /// <summary>The first chip's first port.</summary>
    public const int FirstPort = 0x20;

    /// <summary>The second chip's first port.</summary>
    public const int SecondPort = 0xA0;

    /// <summary>The edge/level registers' first port.</summary>
    public const int TriggerPort = 0x4D0;

    /// <summary>How many ports each of the three takes.</summary>
    public const int PortCount = 2;

    private const int PerChip = 8;
    private const int Cascade = 2;

    // Timer, keyboard, the second chip, clock and coprocessor are edges on every PC.
    private const uint AlwaysEdges = 0x2107;

    private readonly Lock _gate = new();
    private readonly Action<bool> _output;
    private readonly Pic8259 _first = new();
    private readonly Pic8259 _second = new();
    private bool _isAsking;

    /// <summary>Creates the pair, not yet initialized by anybody.</summary>
    /// <param name="output">Told the level of the wire to the processor when it changes; only notes and wakes.</param>
    public PicPair(Action<bool> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        _output = output;
        First = new Chip(this, _first);
        Second = new Chip(this, _second);
        Triggers = new TriggerRegisters(this);
    }

    /// <summary>The first chip's two ports.</summary>
    public IPortDevice First { get; }

    /// <summary>The second chip's two ports.</summary>
    public IPortDevice Second { get; }

    /// <summary>The two registers that say which inputs are levels.</summary>
    public IPortDevice Triggers { get; }

    /// <inheritdoc/>
    public void SetLine(int line, bool level)
    {
        if ((uint)line >= Inputs || line == Cascade)
        {
            return;
        }

        lock (_gate)
        {
            (line < PerChip ? _first : _second).SetLine(line % PerChip, level);
            Refresh();
        }
    }

    /// <summary>The processor takes the interrupt: the acknowledge cycle.</summary>
    /// <returns>False when the pair does not ask.</returns>
    public bool TryAcknowledge(out byte vector)
    {
        lock (_gate)
        {
            vector = 0;
            if (!_isAsking)
            {
                return false;
            }

            if (_first.Acknowledge(out vector) == Cascade)
            {
                _ = _second.Acknowledge(out vector);

                // A wire that stays high would be no edge to the first chip.
                _first.SetLine(Cascade, false);
            }

            Refresh();
            return true;
        }
    }

    /// <summary>The processor had no time to deliver what it took: undoes the acknowledge cycle.</summary>
    /// <returns>False when the vector did not come from here.</returns>
    public bool TryTakeBack(byte vector)
    {
        lock (_gate)
        {
            bool isSecond = _second.TryTakeBack(vector);
            bool isTaken = isSecond ? _first.TryTakeBackInput(Cascade) : _first.TryTakeBack(vector);
            Refresh();
            return isTaken;
        }
    }

    /// <inheritdoc/>
    public void Save(StateWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        lock (_gate)
        {
            _first.Save(writer);
            _second.Save(writer);
        }
    }

    /// <inheritdoc/>
    public void Load(StateReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        lock (_gate)
        {
            _first.Load(reader);
            _second.Load(reader);
            _isAsking = false;
            Refresh();
        }
    }

    private void Refresh()
    {
        _first.SetLine(Cascade, _second.IsAsking);
        bool asks = _first.IsAsking;
        if (asks != _isAsking)
        {
            _isAsking = asks;
            _output(asks);
        }
    }

    private sealed class Chip(PicPair pair, Pic8259 chip) : IPortDevice
    {
        public uint ReadPort(int offset, int size)
        {
            lock (pair._gate)
            {
                byte value = chip.Read(offset);
                pair.Refresh();
                return value;
            }
        }

        public void WritePort(int offset, int size, uint value)
        {
            lock (pair._gate)
            {
                chip.Write(offset, (byte)value);
                pair.Refresh();
            }
        }
    }

    private sealed class TriggerRegisters(PicPair pair) : IPortDevice
    {
        public uint ReadPort(int offset, int size)
        {
            lock (pair._gate)
            {
                return (offset == 0 ? pair._first : pair._second).LevelTriggered;
            }
        }

        public void WritePort(int offset, int size, uint value)
        {
            lock (pair._gate)
            {
                Pic8259 chip = offset == 0 ? pair._first : pair._second;
                chip.LevelTriggered = (byte)(value & ~(AlwaysEdges >> (offset * PerChip)));
                pair.Refresh();
            }
        }
    }
}
