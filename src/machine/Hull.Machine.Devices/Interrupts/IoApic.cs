using Hull.Machine.Devices.Bus;

namespace Hull.Machine.Devices.Interrupts;

/// <summary>An I/O APIC with 24 inputs: turns wires into messages.</summary>
/// <remarks>Source: Intel 82093AA data sheet §3.0. Thread-safe.</remarks>
public sealed partial class IoApic : IMmioDevice, IInterruptSink
{
    /// <summary>How many inputs it has.</summary>
    public const int Inputs = 24;

    /// <summary>Size of its registers in guest-physical memory.</summary>
    public const ulong WindowSize = 0x1000;

    private const uint VersionValue = ((Inputs - 1) << 16) | 0x20;
    private const ulong Masked = 1 << 16;
    private const ulong LevelTriggered = 1 << 15;
    private const ulong RemoteIrr = 1 << 14;
    private const ulong Logical = 1 << 11;
    private const ulong ReadOnlyBits = RemoteIrr | (1 << 12);
    private const ulong Writable = 0xFF00_0000_0001_AFFF;
    private const int FirstRedirection = 0x10;

    private readonly Lock _gate = new();
    private readonly ApicBus _bus;
    private readonly ulong[] _entries = new ulong[Inputs];
    private uint _levels;
    private uint _id;
    private byte _selected;

    /// <summary>Creates an I/O APIC with every input masked.</summary>
    public IoApic(ApicBus bus)
    {
        ArgumentNullException.ThrowIfNull(bus);
        _bus = bus;
        bus.Add(this);
        Reset();
    }

    /// <summary>Masks every input again.</summary>
    public void Reset()
    {
        lock (_gate)
        {
            _entries.AsSpan().Fill(Masked);
            _selected = 0;
            _id = 0;
        }
    }

    /// <inheritdoc/>
    public void SetLine(int line, bool level)
    {
        if ((uint)line >= Inputs)
        {
            return;
        }

        InterruptMessage? message = null;
        lock (_gate)
        {
            uint bit = 1u << line;
            bool before = (_levels & bit) != 0;
            _levels = level ? _levels | bit : _levels & ~bit;
            bool isLevel = (_entries[line] & LevelTriggered) != 0;
            if (level && (isLevel || !before))
            {
                message = SendHosted(line, Send(line));
            }
        }

        Deliver(message);
    }

    /// <inheritdoc/>
    public ulong ReadMmio(ulong offset, int size)
    {
        lock (_gate)
        {
            return offset switch
            {
                0x00 => _selected,
                0x10 => ReadRegister(),
                _ => 0,
            };
        }
    }

    /// <inheritdoc/>
    public void WriteMmio(ulong offset, int size, ulong value)
    {
        InterruptMessage? message = null;
        lock (_gate)
        {
            switch (offset)
            {
                case 0x00:
                    _selected = (byte)value;
                    break;
                case 0x10:
                    message = WriteRegister((uint)value);
                    break;
                default:
                    break;
            }
        }

        Deliver(message);
    }

    internal void EndOfInterrupt(byte vector)
    {
        for (int i = 0; i < Inputs; i++)
        {
            InterruptMessage? message = null;
            lock (_gate)
            {
                const ulong Waiting = LevelTriggered | RemoteIrr;
                if ((byte)_entries[i] == vector && (_entries[i] & Waiting) == Waiting)
                {
                    _entries[i] &= ~RemoteIrr;
                    message = (_levels >> i & 1) != 0 ? SendHosted(i, Send(i)) : null;
                }
            }

            Deliver(message);
        }
    }

    private uint ReadRegister()
    {
        int entry = (_selected - FirstRedirection) / 2;
        return _selected switch
        {
            0 or 2 => _id,
            1 => VersionValue,
            >= FirstRedirection when entry < Inputs => (uint)(_entries[entry] >> ((_selected & 1) * 32)),
            _ => 0,
        };
    }

    private InterruptMessage? WriteRegister(uint value)
    {
        if (_selected == 0)
        {
            _id = value & 0x0F00_0000;
            return null;
        }

        int entry = (_selected - FirstRedirection) / 2;
        if (_selected < FirstRedirection || entry >= Inputs)
        {
            return null;
        }

        int shift = (_selected & 1) * 32;
        ulong old = _entries[entry];
        ulong mixed = (old & ~(0xFFFF_FFFFul << shift)) | ((ulong)value << shift);
        ulong next = (mixed & Writable) | (old & ReadOnlyBits);
        if ((next & LevelTriggered) == 0)
        {
            // Linux clears a stuck remote IRR by switching to edge and back.
            next &= ~RemoteIrr;
        }

        _entries[entry] = next;
        if (_host is { } host)
        {
            PublishRoutes(host);
        }

        return (next & LevelTriggered) != 0 && (_levels >> entry & 1) != 0 ? SendHosted(entry, Send(entry)) : null;
    }

    private InterruptMessage? Send(int line)
    {
        ulong entry = _entries[line];
        bool isLevel = (entry & LevelTriggered) != 0;
        if ((entry & Masked) != 0 || (isLevel && (entry & RemoteIrr) != 0))
        {
            return null;
        }

        if (isLevel)
        {
            _entries[line] |= RemoteIrr;
        }

        return new InterruptMessage(
            (uint)(entry >> 56),
            (entry & Logical) != 0,
            (DeliveryMode)((entry >> 8) & 7),
            (byte)entry,
            isLevel);
    }

    // Outside the lock: a local APIC may call back with an end of interrupt.
    private void Deliver(in InterruptMessage? message)
    {
        if (message is { } sent)
        {
            _bus.Deliver(sent);
        }
    }
}
