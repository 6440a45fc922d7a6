using Hull.Machine.State;

namespace Hull.Machine.Devices.Interrupts;

/// <summary>One 8259A: eight inputs by priority. The pair around it keeps the lock.</summary>
/// <remarks>Source: Intel 8259A data sheet (order 231468), "Programming the 8259A"; ICW1 to ICW4, OCW1 to OCW3.</remarks>
internal sealed class Pic8259 : ISavable
{
    private const int Inputs = 8;
    private const int SpuriousInput = 7;
    private const byte ChooseIcw1 = 0x10;
    private const byte ChooseOcw3 = 0x08;
    private const byte Icw1NeedsIcw4 = 0x01;
    private const byte Icw1Single = 0x02;
    private const byte Icw4AutoEnd = 0x02;
    private const byte Icw4FullyNested = 0x10;

    private byte _levels;
    private byte _requested;
    private byte _inService;
    private byte _mask;
    private byte _levelTriggered;
    private byte _base;
    private byte _step;
    private byte _lowest = SpuriousInput;
    private bool _needsIcw4;
    private bool _isSingle;
    private bool _autoEnd;
    private bool _rotatesOnAutoEnd;
    private bool _isSpecialMask;
    private bool _isFullyNested;
    private bool _readsInService;
    private bool _polls;

    /// <summary>Which inputs are looked at as levels; a register outside the chip on a PC.</summary>
    internal byte LevelTriggered
    {
        get => _levelTriggered;
        set => _levelTriggered = value;
    }

    /// <summary>Whether it asks for the processor's attention.</summary>
    internal bool IsAsking => Next() >= 0;

    internal void SetLine(int input, bool level)
    {
        byte bit = (byte)(1 << input);
        bool before = (_levels & bit) != 0;
        _levels = (byte)(level ? _levels | bit : _levels & ~bit);
        if ((_levelTriggered & bit) != 0)
        {
            _requested = (byte)(level ? _requested | bit : _requested & ~bit);
        }
        else if (level && !before)
        {
            _requested |= bit;
        }
    }

    /// <summary>The acknowledge cycle; a request that went away meanwhile is answered as input 7.</summary>
    internal int Acknowledge(out byte vector)
    {
        int input = Next();
        if (input < 0)
        {
            vector = (byte)(_base | SpuriousInput);
            return -1;
        }

        byte bit = (byte)(1 << input);
        if ((_levelTriggered & bit) == 0)
        {
            _requested = (byte)(_requested & ~bit);
        }

        if (!_autoEnd)
        {
            _inService |= bit;
        }
        else if (_rotatesOnAutoEnd)
        {
            _lowest = (byte)input;
        }

        vector = (byte)(_base | input);
        return input;
    }

    /// <summary>Undoes an acknowledge cycle.</summary>
    /// <returns>False when the vector is not one that this chip gave.</returns>
    internal bool TryTakeBack(byte vector) =>
        (vector & ~(Inputs - 1)) == _base && TryTakeBackInput(vector & (Inputs - 1));

    /// <summary>Undoes an acknowledge cycle for an input.</summary>
    internal bool TryTakeBackInput(int input)
    {
        byte bit = (byte)(1 << input);
        if (!_autoEnd && (_inService & bit) == 0)
        {
            return false;
        }

        _inService = (byte)(_inService & ~bit);
        if ((_levelTriggered & bit) == 0)
        {
            _requested |= bit;
        }

        return true;
    }

    internal byte Read(int offset)
    {
        if (_polls)
        {
            _polls = false;
            int input = Acknowledge(out _);
            return (byte)(input < 0 ? 0 : 0x80 | input);
        }

        return offset != 0 ? _mask : _readsInService ? _inService : _requested;
    }

    internal void Write(int offset, byte value)
    {
        if (offset != 0)
        {
            WriteData(value);
        }
        else if ((value & ChooseIcw1) != 0)
        {
            Initialize(value);
        }
        else if ((value & ChooseOcw3) != 0)
        {
            WriteOcw3(value);
        }
        else
        {
            WriteOcw2(value);
        }
    }

    /// <inheritdoc/>
    public void Save(StateWriter writer)
    {
        ReadOnlySpan<byte> registers =
            [_levels, _requested, _inService, _mask, _levelTriggered, _base, _step, _lowest];
        writer.Bytes(registers);
        foreach (bool flag in (ReadOnlySpan<bool>)
            [_needsIcw4, _isSingle, _autoEnd, _rotatesOnAutoEnd, _isSpecialMask, _isFullyNested, _readsInService, _polls])
        {
            writer.Flag(flag);
        }
    }

    /// <inheritdoc/>
    public void Load(StateReader reader)
    {
        (_levels, _requested, _inService, _mask) = (reader.U8(), reader.U8(), reader.U8(), reader.U8());
        (_levelTriggered, _base, _step, _lowest) = (reader.U8(), reader.U8(), reader.U8(), reader.U8());
        if (_lowest >= Inputs || _step > 4 || (_base & (Inputs - 1)) != 0)
        {
            throw reader.Damaged();
        }

        (_needsIcw4, _isSingle, _autoEnd, _rotatesOnAutoEnd) = (reader.Flag(), reader.Flag(), reader.Flag(), reader.Flag());
        (_isSpecialMask, _isFullyNested, _readsInService, _polls) = (reader.Flag(), reader.Flag(), reader.Flag(), reader.Flag());
    }

    // 0 is the most urgent.
    private int RankOf(int input) => (input - _lowest - 1) & (Inputs - 1);

    private int MostUrgent(int inputs)
    {
        int best = -1;
        for (int input = 0; input < Inputs; input++)
        {
            if ((inputs >> input & 1) != 0 && (best < 0 || RankOf(input) < RankOf(best)))
            {
                best = input;
            }
        }

        return best;
    }

    private int Next()
    {
        int wanted = MostUrgent(_requested & ~_mask);
        if (wanted < 0 || _step != 0)
        {
            return -1;
        }

        // In special mask mode a masked input in service holds nobody back; fully nested, the second chip may interrupt itself.
        int serving = MostUrgent(_isSpecialMask ? _inService & ~_mask : _inService);
        bool outranks = serving < 0 || RankOf(wanted) < RankOf(serving) || (_isFullyNested && wanted == serving);
        return outranks ? wanted : -1;
    }

    private void Initialize(byte value)
    {
        byte levels = _levels, triggered = _levelTriggered;
        _requested = (byte)(levels & triggered);
        _inService = 0;
        _mask = 0;
        _lowest = SpuriousInput;
        _autoEnd = false;
        _rotatesOnAutoEnd = false;
        _isSpecialMask = false;
        _isFullyNested = false;
        _readsInService = false;
        _polls = false;
        _needsIcw4 = (value & Icw1NeedsIcw4) != 0;
        _isSingle = (value & Icw1Single) != 0;
        _step = 2;
    }

    private void WriteData(byte value)
    {
        switch (_step)
        {
            case 2:
                _base = (byte)(value & ~(Inputs - 1));
                _step = (byte)(!_isSingle ? 3 : _needsIcw4 ? 4 : 0);
                break;
            case 3:
                // Which input the second chip hangs on: on a PC it is soldered to input 2.
                _step = (byte)(_needsIcw4 ? 4 : 0);
                break;
            case 4:
                _autoEnd = (value & Icw4AutoEnd) != 0;
                _isFullyNested = (value & Icw4FullyNested) != 0;
                _step = 0;
                break;
            default:
                _mask = value;
                break;
        }
    }

    private void WriteOcw3(byte value)
    {
        const byte Poll = 0x04;
        const byte ReadRegister = 0x02;
        const byte SetsSpecialMask = 0x40;
        _polls = (value & Poll) != 0;
        if ((value & ReadRegister) != 0)
        {
            _readsInService = (value & 1) != 0;
        }

        if ((value & SetsSpecialMask) != 0)
        {
            _isSpecialMask = (value & 0x20) != 0;
        }
    }

    private void WriteOcw2(byte value)
    {
        int input = value & (Inputs - 1);
        int highest = MostUrgent(_inService);
        switch (value >> 5)
        {
            case 0 or 4:
                _rotatesOnAutoEnd = value >> 5 == 4;
                break;
            case 1 or 5 when highest >= 0:
                _inService = (byte)(_inService & ~(1 << highest));
                _lowest = value >> 5 == 5 ? (byte)highest : _lowest;
                break;
            case 3 or 7:
                _inService = (byte)(_inService & ~(1 << input));
                _lowest = value >> 5 == 7 ? (byte)input : _lowest;
                break;
            case 6:
                _lowest = (byte)input;
                break;
            default:
                break;
        }
    }
}
