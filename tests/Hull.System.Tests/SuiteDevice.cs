using System.Buffers.Binary;
using Hull.Machine.Board;
using Hull.Machine.Devices.Bus;
using Hull.Machine.Devices.Interrupts;

namespace Hull.System.Tests;

/// <summary>The device that kvm-unit-tests expect on a board: wires of interrupts, a port and a page that keep what was written.</summary>
/// <remarks>Source: QEMU's documentation of pc-testdev, as the suite's own lib/x86 uses it.</remarks>
internal sealed class SuiteDevice : IBoardAddition
{
    private const int FirstWire = 0x2000;
    private const int Wires = 24;
    private const int Latch = 0xE0;
    private const uint Ram = 0xFF00_0000;
    private const int RamBytes = 0x1_0000;

    public void Wire(PortBus ports, MmioBus addresses, IInterruptSink interrupts)
    {
        ports.Add(FirstWire, Wires, new WirePorts(interrupts));
        ports.Add(Latch, sizeof(uint), new LatchPort());
        addresses.Add(Ram, RamBytes, new RamPages());
        StartPair(ports);
    }

    // A PC's firmware leaves the 8259 pair with its vectors at 08h and 70h; the suite's real-mode programs count on that.
    private static void StartPair(PortBus ports)
    {
        foreach ((ushort port, byte value) in (ReadOnlySpan<(ushort, byte)>)
            [(0x20, 0x11), (0x21, 0x08), (0x21, 0x04), (0x21, 0x01), (0xA0, 0x11), (0xA1, 0x70), (0xA1, 0x02), (0xA1, 0x01), (0x21, 0xB8), (0xA1, 0x80)])
        {
            ports.Write(port, 1, value);
        }
    }

    private sealed class WirePorts(IInterruptSink interrupts) : IPortDevice
    {
        public uint ReadPort(int offset, int size) => uint.MaxValue;

        public void WritePort(int offset, int size, uint value) => interrupts.SetLine(offset, (value & 1) != 0);
    }

    private sealed class LatchPort : IPortDevice
    {
        private uint _value;

        public uint ReadPort(int offset, int size) => _value;

        public void WritePort(int offset, int size, uint value) => _value = value;
    }

    private sealed class RamPages : IMmioDevice
    {
        private readonly byte[] _bytes = new byte[RamBytes + sizeof(ulong)];

        public ulong ReadMmio(ulong offset, int size) => BinaryPrimitives.ReadUInt64LittleEndian(_bytes.AsSpan((int)offset));

        public void WriteMmio(ulong offset, int size, ulong value)
        {
            Span<byte> all = stackalloc byte[sizeof(ulong)];
            BinaryPrimitives.WriteUInt64LittleEndian(all, value);
            all[..size].CopyTo(_bytes.AsSpan((int)offset));
        }
    }
}
