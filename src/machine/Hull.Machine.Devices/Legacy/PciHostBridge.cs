using Hull.Machine.Devices.Bus;
using Hull.Machine.State;

namespace Hull.Machine.Devices.Legacy;

/// <summary>The two registers by which kernels look for PCI, and behind them a host bridge and nothing else.</summary>
/// <remarks>
/// A kernel that finds no such registers calls it a fatal error on every console, although it goes on; one that finds them looks for
/// buses in ACPI, which names none. Source: PCI Local Bus Specification 3.0 §3.2.2.3.2 (configuration mechanism 1), §6.1. One processor at a
/// time uses them, as the kernel's own lock sees to; nothing but the register that was selected can get mixed up otherwise.
/// </remarks>
public sealed class PciHostBridge : IPortDevice, ISavable
{
    /// <summary>CONFIG_ADDRESS; CONFIG_DATA is the double word behind it.</summary>
    public const int FirstPort = 0xCF8;

    /// <summary>How many ports it takes.</summary>
    public const int PortCount = 8;

    private const int DataOffset = 4;
    private const uint Enable = 1u << 31;
    private const uint AddressBits = 0x80FF_FFFC;

    // Bus, device and function: this bridge is the first of each.
    private const uint FunctionBits = 0x00FF_FF00;

    // A host bridge of Intel's that has no registers of its own and that no kernel has a special case for.
    private const uint Identity = 0x0D57_8086;
    private const uint ClassAndRevision = 0x0600_0000;

    private uint _address;

    /// <inheritdoc/>
    public uint ReadPort(int offset, int size)
    {
        uint all = uint.MaxValue >> (32 - (size * 8));
        if (offset < DataOffset)
        {
            return offset == 0 && size == sizeof(uint) ? _address : all;
        }

        uint register = (_address & Enable) == 0 || (_address & FunctionBits) != 0 ? uint.MaxValue : (_address & 0xFF) switch
        {
            0x00 => Identity,
            0x08 => ClassAndRevision,
            _ => 0,
        };
        return (register >> ((offset - DataOffset) * 8)) & all;
    }

    /// <inheritdoc/>
    public void WritePort(int offset, int size, uint value)
    {
        // Narrower writes go by the bridge; no register of it can be written.
        if (offset == 0 && size == sizeof(uint))
        {
            _address = value & AddressBits;
        }
    }

    /// <inheritdoc/>
    public void Save(StateWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.U32(_address);
    }

    /// <inheritdoc/>
    public void Load(StateReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        _address = reader.U32() & AddressBits;
    }
}
