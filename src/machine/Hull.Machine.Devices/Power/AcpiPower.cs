using Hull.Machine.Devices.Bus;

namespace Hull.Machine.Devices.Power;

/// <summary>The three registers of a hardware-reduced ACPI machine: reset, sleep control, sleep status.</summary>
/// <remarks>Source: ACPI 6.5 §4.8.3.7, §5.2.9. The only sleep state is S5, off.</remarks>
public sealed class AcpiPower(Action<PowerEvent> happened) : IPortDevice
{
    /// <summary>How many ports it takes.</summary>
    public const int PortCount = 4;

    /// <summary>Offset of the reset register.</summary>
    public const int ResetOffset = 0;

    /// <summary>Offset of the sleep control register.</summary>
    public const int SleepControlOffset = 1;

    /// <summary>Offset of the sleep status register.</summary>
    public const int SleepStatusOffset = 2;

    /// <summary>What to write to the reset register.</summary>
    public const byte ResetValue = 0x42;

    /// <summary>The sleep type that switches off, as the _S5 object says.</summary>
    public const byte SleepTypeOff = 5;

    private const int SleepTypeShift = 2;
    private const byte SleepEnable = 0x20;

    /// <inheritdoc/>
    public uint ReadPort(int offset, int size) => 0;

    /// <inheritdoc/>
    public void WritePort(int offset, int size, uint value)
    {
        switch (offset)
        {
            case ResetOffset when (byte)value == ResetValue:
                happened(PowerEvent.Reset);
                break;
            case SleepControlOffset when (byte)value == (SleepEnable | (SleepTypeOff << SleepTypeShift)):
                happened(PowerEvent.PowerOff);
                break;
            default:
                break;
        }
    }
}
