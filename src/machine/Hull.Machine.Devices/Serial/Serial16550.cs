using Hull.Machine.Devices.Bus;
using Hull.Machine.Devices.Interrupts;

namespace Hull.Machine.Devices.Serial;

/// <summary>A 16550A serial port with FIFOs that sends at the speed of the host.</summary>
/// <remarks>
/// Source: PC16550D data sheet (National Semiconductor, 1995) §8. The baud rate is remembered and has no effect.
/// Thread-safe.
/// </remarks>
public sealed partial class Serial16550 : IPortDevice
{
    /// <summary>How many ports it takes.</summary>
    public const int PortCount = 8;

    /// <summary>Bytes the receive FIFO holds.</summary>
    public const int FifoBytes = 16;

    private const byte IerReceived = 1;
    private const byte IerTransmitterEmpty = 2;
    private const byte IerLineStatus = 4;
    private const byte IerModemStatus = 8;
    private const byte IirNone = 0x01;
    private const byte IirModemStatus = 0x00;
    private const byte IirTransmitterEmpty = 0x02;
    private const byte IirReceived = 0x04;
    private const byte IirLineStatus = 0x06;
    private const byte IirTimeout = 0x0C;
    private const byte IirFifoEnabled = 0xC0;
    private const byte FcrEnable = 0x01;
    private const byte FcrClearReceived = 0x02;
    private const byte LcrDivisorLatch = 0x80;
    private const byte McrLoop = 0x10;
    private const byte McrOut2 = 0x08;
    private const byte LsrDataReady = 0x01;
    private const byte LsrOverrun = 0x02;
    private const byte LsrTransmitterIdle = 0x60;
    private const byte MsrConnected = 0xB0;

    private readonly Lock _gate = new();
    private readonly IByteSink _output;
    private readonly InterruptLine _line;
    private readonly byte[] _fifo = new byte[FifoBytes];
    private int _fifoStart;
    private int _fifoCount;
    private byte _interruptEnable;
    private byte _fifoControl;
    private byte _lineControl;
    private byte _modemControl;
    private byte _lineErrors;
    private byte _modemDelta;
    private byte _modemStatus = MsrConnected;
    private byte _scratch;
    private ushort _divisor = 12;
    private bool _transmitterEmptyPending;

    /// <summary>Creates a port that is connected to something always ready.</summary>
    public Serial16550(IByteSink output, InterruptLine line)
    {
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(line);
        _output = output;
        _line = line;
    }

    /// <summary>Called, outside the lock, when the guest has read the last byte: more may be offered.</summary>
    public Action? Drained { get; set; }

    /// <summary>Bytes lost because the guest did not read them; only a loop-back can lose any.</summary>
    public long Overruns { get; private set; }

    private bool HasFifo => (_fifoControl & FcrEnable) != 0;

    private int Capacity => HasFifo ? FifoBytes : 1;

    private int Trigger => !HasFifo ? 1 : (_fifoControl >> 6) switch
    {
        0 => 1,
        1 => 4,
        2 => 8,
        _ => 14,
    };

    /// <summary>Offers bytes to the guest.</summary>
    /// <returns>How many were taken; the others wait for <see cref="Drained"/>.</returns>
    public int Receive(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if ((_modemControl & McrLoop) != 0)
            {
                return 0;
            }

            int taken = Math.Min(bytes.Length, Capacity - _fifoCount);
            foreach (byte value in bytes[..taken])
            {
                Push(value);
            }

            Update();
            return taken;
        }
    }

    /// <inheritdoc/>
    public uint ReadPort(int offset, int size)
    {
        bool drained = false;
        uint value;
        lock (_gate)
        {
            bool latch = (_lineControl & LcrDivisorLatch) != 0;
            value = offset switch
            {
                0 when latch => (byte)_divisor,
                1 when latch => (uint)(_divisor >> 8),
                0 => Pop(out drained),
                1 => _interruptEnable,
                2 => ReadIdentification(),
                3 => _lineControl,
                4 => _modemControl,
                5 => ReadLineStatus(),
                6 => ReadModemStatus(),
                _ => _scratch,
            };
            Update();
        }

        if (drained)
        {
            Drained?.Invoke();
        }

        return value;
    }

    /// <inheritdoc/>
    public void WritePort(int offset, int size, uint value)
    {
        byte data = (byte)value;
        lock (_gate)
        {
            bool latch = (_lineControl & LcrDivisorLatch) != 0;
            switch (offset)
            {
                case 0 when latch:
                    _divisor = (ushort)((_divisor & 0xFF00) | data);
                    break;
                case 1 when latch:
                    _divisor = (ushort)((_divisor & 0xFF) | (data << 8));
                    break;
                case 0:
                    Transmit(data);
                    break;
                case 1:
                    WriteInterruptEnable(data);
                    break;
                case 2:
                    WriteFifoControl(data);
                    break;
                case 3:
                    _lineControl = data;
                    break;
                case 4:
                    WriteModemControl(data);
                    break;
                case 7:
                    _scratch = data;
                    break;
                default:
                    break;
            }

            Update();
        }
    }

    /// <summary>Back to the state after power-on.</summary>
    public void Reset()
    {
        lock (_gate)
        {
            _fifoCount = 0;
            _interruptEnable = 0;
            _fifoControl = 0;
            _lineControl = 0;
            _modemControl = 0;
            _lineErrors = 0;
            _modemDelta = 0;
            _modemStatus = MsrConnected;
            _transmitterEmptyPending = false;
            Update();
        }
    }

    private void Push(byte value)
    {
        if (_fifoCount == Capacity)
        {
            _lineErrors |= LsrOverrun;
            Overruns++;
            return;
        }

        _fifo[(_fifoStart + _fifoCount) % FifoBytes] = value;
        _fifoCount++;
    }

    private uint Pop(out bool drained)
    {
        drained = _fifoCount == 1;
        if (_fifoCount == 0)
        {
            return 0;
        }

        byte value = _fifo[_fifoStart];
        _fifoStart = (_fifoStart + 1) % FifoBytes;
        _fifoCount--;
        return value;
    }

    private void Transmit(byte data)
    {
        if ((_modemControl & McrLoop) != 0)
        {
            Push(data);
        }
        else
        {
            _output.Write([data]);
        }

        _transmitterEmptyPending = true;
    }

    private void WriteInterruptEnable(byte data)
    {
        byte rising = (byte)(data & ~_interruptEnable);
        _interruptEnable = (byte)(data & 0x0F);
        if ((rising & IerTransmitterEmpty) != 0)
        {
            // The transmitter is always empty, so enabling its interrupt raises it. Linux tests for that.
            _transmitterEmptyPending = true;
        }
    }

    private void WriteFifoControl(byte data)
    {
        bool toggles = ((data ^ _fifoControl) & FcrEnable) != 0;
        if (toggles || (data & FcrClearReceived) != 0)
        {
            _fifoCount = 0;
        }

        _fifoControl = (data & FcrEnable) != 0 ? (byte)(data & 0xC9) : (byte)0;
    }

    private void WriteModemControl(byte data)
    {
        _modemControl = (byte)(data & 0x1F);
        byte before = _modemStatus;
        _modemStatus = (data & McrLoop) != 0
            ? (byte)(((data & 0x02) << 3) | ((data & 0x01) << 5) | ((data & 0x0C) << 4))
            : MsrConnected;
        byte changed = (byte)((before ^ _modemStatus) >> 4);
        const byte RingBit = 0x04;
        bool ringFell = (before & ~_modemStatus & 0x40) != 0;
        _modemDelta |= (byte)((changed & ~RingBit) | (ringFell ? RingBit : 0));
    }

    private uint ReadIdentification()
    {
        byte source = Source();
        if (source == IirTransmitterEmpty)
        {
            _transmitterEmptyPending = false;
        }

        return (uint)(source | (HasFifo ? IirFifoEnabled : 0));
    }

    private uint ReadLineStatus()
    {
        byte errors = _lineErrors;
        _lineErrors = 0;
        return (uint)(LsrTransmitterIdle | errors | (_fifoCount > 0 ? LsrDataReady : 0));
    }

    private uint ReadModemStatus()
    {
        byte delta = _modemDelta;
        _modemDelta = 0;
        return (uint)(_modemStatus | delta);
    }

    // In the order of the data sheet's table of priorities.
    private byte Source()
    {
        if ((_interruptEnable & IerLineStatus) != 0 && _lineErrors != 0)
        {
            return IirLineStatus;
        }

        if ((_interruptEnable & IerReceived) != 0 && _fifoCount > 0)
        {
            return _fifoCount >= Trigger ? IirReceived : IirTimeout;
        }

        if ((_interruptEnable & IerTransmitterEmpty) != 0 && _transmitterEmptyPending)
        {
            return IirTransmitterEmpty;
        }

        return (_interruptEnable & IerModemStatus) != 0 && _modemDelta != 0 ? IirModemStatus : IirNone;
    }

    // On a PC, OUT2 gates the interrupt. In loop-back the outputs are disconnected, yet interrupts still work.
    private void Update()
    {
        bool gated = (_modemControl & (McrOut2 | McrLoop)) != 0;
        _line.Set(gated && Source() != IirNone);
    }
}
