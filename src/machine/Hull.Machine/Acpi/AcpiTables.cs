using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Hull.Machine.Board;
using Hull.Machine.Devices.Power;
using Hull.Machine.Memory;

namespace Hull.Machine.Acpi;

/// <summary>Describes a board to its guest: processors, interrupts, power registers, devices, NUMA nodes.</summary>
/// <remarks>
/// Source: ACPI 6.5 chapter 5. A microvm is a hardware-reduced machine: no fixed power-management hardware, no legacy 8259s to route.
/// </remarks>
public sealed partial class AcpiTables
{
    private const int RsdpBytes = 36;
    private const int TableAlignment = 16;
    private const byte EntryLocalApic = 0;
    private const byte EntryIoApic = 1;
    private const byte EntryLocalApicNmi = 4;

    private readonly BoardModel _board;
    private readonly CpuTopology _topology;
    private readonly IReadOnlyList<MemoryRange> _memory;
    private readonly int _virtioDevices;

    /// <summary>Describes a board.</summary>
    /// <param name="board">What kind it is.</param>
    /// <param name="topology">Its processors.</param>
    /// <param name="memory">Its RAM, with nodes.</param>
    /// <param name="virtioDevices">How many virtio slots are taken, from the first.</param>
    public AcpiTables(BoardModel board, CpuTopology topology, IReadOnlyList<MemoryRange> memory, int virtioDevices)
    {
        ArgumentNullException.ThrowIfNull(board);
        _board = board;
        _topology = topology;
        _memory = memory;
        _virtioDevices = virtioDevices;
    }

    private int Nodes => _memory.Max(range => range.Node) + 1;

    /// <summary>Lays all tables out from an address on; the root pointer comes first.</summary>
    /// <returns>The bytes for that address.</returns>
    public byte[] Build(uint address)
    {
        List<byte> image = [.. new byte[RsdpBytes]];
        uint Place(byte[] table, int alignment = TableAlignment)
        {
            while (image.Count % alignment != 0)
            {
                image.Add(0);
            }

            uint at = address + (uint)image.Count;
            image.AddRange(table);
            return at;
        }

        uint dsdt = Place(Dsdt());
        uint facs = _board.HasLegacyChips ? Place(Facs(), FacsBytes) : 0;
        List<uint> tables = [Place(_board.HasLegacyChips ? FullFadt(dsdt, facs) : ReducedFadt(dsdt)), Place(Madt())];
        if (Nodes > 1)
        {
            tables.Add(Place(Srat()));
            tables.Add(Place(Slit()));
        }

        uint xsdt = Place(Xsdt(tables));
        byte[] bytes = [.. image];
        WriteRsdp(bytes, xsdt);
        return bytes;
    }

    // Source: ACPI 6.5 §5.2.5.3. Two checksums: over the first 20 bytes and over all.
    private static void WriteRsdp(Span<byte> bytes, uint xsdt)
    {
        Encoding.ASCII.GetBytes("RSD PTR ", bytes);
        Encoding.ASCII.GetBytes("HULL  ", bytes[9..]);
        bytes[15] = 2;
        BinaryPrimitives.WriteInt32LittleEndian(bytes[20..], RsdpBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[24..], xsdt);
        bytes[8] = TableWriter.Checksum(bytes[..20]);
        bytes[32] = TableWriter.Checksum(bytes[..RsdpBytes]);
    }

    private static byte[] Xsdt(List<uint> tables)
    {
        TableWriter writer = new("XSDT", 1);
        foreach (uint table in tables)
        {
            writer.Qword(table);
        }

        return writer.Finish();
    }

    // Source: ACPI 6.5 §5.2.9, revision 6.5.
    private static byte[] ReducedFadt(uint dsdt)
    {
        const ushort VgaNotPresent = 1 << 2;
        const uint WriteBackInvalidate = 1;
        const uint NoPowerButton = 1 << 4;
        const uint NoSleepButton = 1 << 5;
        const uint ResetRegister = 1 << 10;
        const uint HardwareReduced = 1 << 20;
        TableWriter writer = new("FACP", 6);
        writer.Dword(0);
        writer.Dword(dsdt);
        writer.Zeros(109 - writer.Length);
        writer.Word(VgaNotPresent);
        writer.Bytes(0);
        writer.Dword(WriteBackInvalidate | NoPowerButton | NoSleepButton | ResetRegister | HardwareReduced);
        writer.BytePort(MicrovmLayout.PowerPort + AcpiPower.ResetOffset);
        writer.Bytes(AcpiPower.ResetValue);
        writer.Word(0);
        writer.Bytes(5);
        writer.Qword(0);
        writer.Qword(dsdt);
        writer.Zeros(244 - writer.Length);
        writer.BytePort(MicrovmLayout.PowerPort + AcpiPower.SleepControlOffset);
        writer.BytePort(MicrovmLayout.PowerPort + AcpiPower.SleepStatusOffset);
        writer.Text("HULL\0\0\0\0");
        return writer.Finish();
    }

    // Source: ACPI 6.5 §5.2.12.
    private byte[] Madt()
    {
        const byte EveryProcessor = 0xFF;
        const byte NmiPin = 1;
        const uint HasPicPair = 1;
        TableWriter writer = new("APIC", 5);
        writer.Dword(MicrovmLayout.LocalApicAddress);
        writer.Dword(_board.HasLegacyChips ? HasPicPair : 0);
        for (int i = 0; i < _topology.Count; i++)
        {
            writer.Bytes(EntryLocalApic, 8, (byte)i, (byte)_topology.ApicIdOf(i));
            writer.Dword(1);
        }

        writer.Bytes(EntryIoApic, 12, 0, 0);
        writer.Dword(MicrovmLayout.IoApicAddress);
        writer.Dword(0);
        if (_board.HasLegacyChips)
        {
            WriteOverrides(writer);
        }

        writer.Bytes(EntryLocalApicNmi, 6, EveryProcessor, 0, 0, NmiPin);
        return writer.Finish();
    }

    // Source: ACPI 6.5 §5.2.16. Processors are spread over the nodes in order.
    private byte[] Srat()
    {
        TableWriter writer = new("SRAT", 3);
        writer.Dword(1);
        writer.Qword(0);
        for (int i = 0; i < _topology.Count; i++)
        {
            int node = i * Nodes / _topology.Count;
            writer.Bytes(0, 16, (byte)node, (byte)_topology.ApicIdOf(i));
            writer.Dword(1);
            writer.Zeros(8);
        }

        foreach (MemoryRange range in _memory)
        {
            writer.Bytes(1, 40);
            writer.Dword((uint)range.Node);
            writer.Word(0);
            writer.Qword(range.Start.Value);
            writer.Qword(range.Size);
            writer.Dword(0);
            writer.Dword(1);
            writer.Qword(0);
        }

        return writer.Finish();
    }

    // Source: ACPI 6.5 §5.2.17.
    private byte[] Slit()
    {
        const byte Local = 10;
        const byte Remote = 20;
        TableWriter writer = new("SLIT", 1);
        writer.Qword((ulong)Nodes);
        for (int i = 0; i < Nodes * Nodes; i++)
        {
            writer.Bytes(i / Nodes == i % Nodes ? Local : Remote);
        }

        return writer.Finish();
    }

    private byte[] Dsdt()
    {
        AmlWriter aml = new();
        aml.Scope("_SB_", scope =>
        {
            for (int i = 0; i < _topology.Count; i++)
            {
                Processor(scope, i);
            }

            Serial(scope);
            RealTimeClock(scope);
            if (_board.HasLegacyChips)
            {
                Legacy(scope);
            }
            else
            {
                PowerButton(scope);
            }

            for (int i = 0; i < _virtioDevices; i++)
            {
                Virtio(scope, i);
            }
        });
        aml.PackageName("_S5_", AcpiPower.SleepTypeOff, AcpiPower.SleepTypeOff, 0, 0);
        TableWriter writer = new("DSDT", 2);
        writer.Bytes(aml.ToArray());
        return writer.Finish();
    }

    private static void Processor(AmlWriter scope, int number) => scope.Device(Numbered("C", number), device =>
    {
        device.Name("_HID", "ACPI0007");
        device.Name("_UID", (uint)number);
    });

    private static void Serial(AmlWriter scope) => scope.Device("COM1", device =>
    {
        device.EisaName("_HID", "PNP0501");
        device.Name("_UID", 1u);
        device.Resources(resources =>
        {
            resources.Ports(MicrovmLayout.SerialPort, 8);
            resources.Interrupt(MicrovmLayout.SerialInterrupt, edge: true);
        });
    });

    private static void RealTimeClock(AmlWriter scope) => scope.Device("RTC_", device =>
    {
        device.EisaName("_HID", "PNP0B00");
        device.Resources(resources =>
        {
            resources.Ports(0x70, 2);
            resources.Interrupt(MicrovmLayout.RealTimeClockInterrupt, edge: true);
        });
    });

    // Source: ACPI 6.5 §5.6.9 (generic event device), §4.8.3.1 (power button): a hardware-reduced machine has no fixed button.
    private static void PowerButton(AmlWriter scope)
    {
        const string Button = "PWRB";
        const byte Pressed = 0x80;
        scope.Device(Button, device => device.EisaName("_HID", "PNP0C0C"));
        scope.Device("GED_", device =>
        {
            device.Name("_HID", "ACPI0013");
            device.Name("_UID", 0u);
            device.Resources(resources => resources.Interrupt(MicrovmLayout.PowerButtonInterrupt, edge: true));
            device.NotifyMethod("_EVT", 1, Button, Pressed);
        });
    }

    private void Virtio(AmlWriter scope, int number) => scope.Device(Numbered("V", number), device =>
    {
        VirtioSlot slot = _board.SlotOf(number);
        device.Name("_HID", "LNRO0005");
        device.Name("_UID", (uint)number);
        device.Name("_CCA", 1u);
        device.Resources(resources =>
        {
            resources.Memory(slot.Address, MicrovmLayout.VirtioSlotSize);
            resources.Interrupt((uint)slot.Interrupt, edge: false);
        });
    });

    private static string Numbered(string letter, int number) =>
        letter + number.ToString("X3", CultureInfo.InvariantCulture);
}
