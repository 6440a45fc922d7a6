using Hull.Machine.Board;
using Hull.Machine.Devices.Clock;
using Hull.Machine.Devices.Interrupts;
using Hull.Machine.Devices.Legacy;
using Hull.Machine.Devices.Power;

namespace Hull.Machine.Acpi;

// What a board with the chips of a PC has besides: fixed power hardware, the 8259 pair, the timer, the keyboard controller.
public sealed partial class AcpiTables
{
    private const int FacsBytes = 64;
    private const byte EntryOverride = 2;

    // Source: ACPI 6.5 §5.2.10. Firmware and system would share it to sleep and to lock; here both only find it.
    private static byte[] Facs()
    {
        byte[] table = new byte[FacsBytes];
        "FACS"u8.CopyTo(table);
        table[4] = FacsBytes;
        table[32] = 2;
        return table;
    }

    // Source: ACPI 6.5 §5.2.9, revision 6.5. The offsets are the specification's.
    private static byte[] FullFadt(uint dsdt, uint facs)
    {
        const int ExtendedBlocks = 148;
        const ushort NeverSleeps = 0xFFFF;
        const ushort BootFlags = (1 << 0) | (1 << 1) | (1 << 2);
        const uint Flags = 1 | (1 << 5) | (1 << 8) | (1 << 10);
        TableWriter writer = new("FACP", 6);
        writer.Dword(facs);
        writer.Dword(dsdt);
        writer.Zeros(46 - writer.Length);
        writer.Word(MicrovmLayout.SystemControlInterrupt);
        writer.Zeros(56 - writer.Length);
        writer.Dword(MicrovmLayout.FixedPowerPort + AcpiFixedHardware.EventOffset);
        writer.Dword(0);
        writer.Dword(MicrovmLayout.FixedPowerPort + AcpiFixedHardware.ControlOffset);
        writer.Zeros(76 - writer.Length);
        writer.Dword(MicrovmLayout.FixedPowerPort + AcpiFixedHardware.TimerOffset);
        writer.Zeros(88 - writer.Length);
        writer.Bytes(4, 2, 0, 4);
        writer.Zeros(96 - writer.Length);
        writer.Word(NeverSleeps);
        writer.Word(NeverSleeps);
        writer.Zeros(109 - writer.Length);
        writer.Word(BootFlags);
        writer.Bytes(0);
        writer.Dword(Flags);
        writer.BytePort(MicrovmLayout.PowerPort + AcpiPower.ResetOffset);
        writer.Bytes(AcpiPower.ResetValue);
        writer.Word(0);
        writer.Bytes(5);
        writer.Qword(0);
        writer.Qword(dsdt);
        System.Diagnostics.Debug.Assert(writer.Length == ExtendedBlocks);
        writer.Port(MicrovmLayout.FixedPowerPort + AcpiFixedHardware.EventOffset, 32);
        writer.Zeros(172 - writer.Length);
        writer.Port(MicrovmLayout.FixedPowerPort + AcpiFixedHardware.ControlOffset, 16);
        writer.Zeros(208 - writer.Length);
        writer.Port(MicrovmLayout.FixedPowerPort + AcpiFixedHardware.TimerOffset, 32);
        writer.Zeros(268 - writer.Length);
        writer.Text("HULL\0\0\0\0");
        return writer.Finish();
    }

    // Source: ACPI 6.5 §5.2.12.5. The timer's wire is input 2; the system control interrupt is a level, active high.
    private static void WriteOverrides(TableWriter writer)
    {
        const ushort LevelHigh = 0xD;
        writer.Bytes(EntryOverride, 10, 0, 0);
        writer.Dword(2);
        writer.Word(0);
        writer.Bytes(EntryOverride, 10, 0, MicrovmLayout.SystemControlInterrupt);
        writer.Dword(MicrovmLayout.SystemControlInterrupt);
        writer.Word(LevelHigh);
    }

    private static void Legacy(AmlWriter scope)
    {
        scope.Device("PIC_", device =>
        {
            device.EisaName("_HID", "PNP0000");
            device.Resources(resources =>
            {
                resources.Ports(PicPair.FirstPort, PicPair.PortCount);
                resources.Ports(PicPair.SecondPort, PicPair.PortCount);
                resources.Ports(PicPair.TriggerPort, PicPair.PortCount);
            });
        });
        scope.Device("TMR_", device =>
        {
            device.EisaName("_HID", "PNP0100");
            device.Resources(resources => resources.Ports(IntervalTimer.FirstPort, IntervalTimer.PortCount));
        });
        scope.Device("SPKR", device =>
        {
            device.EisaName("_HID", "PNP0800");
            device.Resources(resources => resources.Ports(IntervalTimer.SpeakerPort, 1));
        });
        scope.Device("KBD_", device =>
        {
            const byte KeyboardInterrupt = 1;
            device.EisaName("_HID", "PNP0303");
            device.Resources(resources =>
            {
                resources.Ports(Keyboard8042.DataPort, 1);
                resources.Ports(Keyboard8042.CommandPort, 1);
                resources.IsaInterrupt(KeyboardInterrupt);
            });
        });
    }
}
