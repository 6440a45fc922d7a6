using System.Buffers.Binary;

namespace Hull.Machine.Acpi;

/// <summary>Writes a resource template: the ports, addresses and interrupts of one device.</summary>
/// <remarks>Source: ACPI 6.5 §6.4.</remarks>
internal sealed class ResourceWriter
{
    private const byte IrqNoFlagsTag = 0x22;
    private const byte IoTag = 0x47;
    private const byte Memory32FixedTag = 0x86;
    private const byte InterruptTag = 0x89;
    private const byte EndTag = 0x79;
    private const byte Consumer = 0x01;
    private const byte Edge = 0x02;

    private readonly List<byte> _bytes = [];

    /// <summary>A fixed range of I/O ports.</summary>
    internal void Ports(ushort first, byte count) =>
        _bytes.AddRange([IoTag, 1, (byte)first, (byte)(first >> 8), (byte)first, (byte)(first >> 8), 1, count]);

    /// <summary>A fixed range of addresses below 4 GiB.</summary>
    internal void Memory(uint first, uint size)
    {
        _bytes.AddRange([Memory32FixedTag, 9, 0, 1]);
        Dword(first);
        Dword(size);
    }

    /// <summary>One of the first sixteen interrupts, an edge.</summary>
    internal void IsaInterrupt(byte line)
    {
        ushort mask = (ushort)(1 << line);
        _bytes.AddRange([IrqNoFlagsTag, (byte)mask, (byte)(mask >> 8)]);
    }

    /// <summary>One interrupt, active high.</summary>
    internal void Interrupt(uint line, bool edge)
    {
        _bytes.AddRange([InterruptTag, 6, 0, (byte)(Consumer | (edge ? Edge : 0)), 1]);
        Dword(line);
    }

    /// <summary>The template with its end; the checksum 0 says "not checked".</summary>
    internal byte[] Finish() => [.. _bytes, EndTag, 0];

    private void Dword(uint value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        _bytes.AddRange(bytes);
    }
}
