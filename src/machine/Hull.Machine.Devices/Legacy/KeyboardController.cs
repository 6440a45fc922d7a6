using Hull.Machine.Devices.Bus;
using Hull.Machine.Devices.Power;

namespace Hull.Machine.Devices.Legacy;

/// <summary>Port 0x64 of a PC without a keyboard: only the reset pulse works.</summary>
/// <remarks>Source: Intel 8042 as used by the IBM PC/AT, command 0xFE.</remarks>
public sealed class KeyboardController(Action<PowerEvent> happened) : IPortDevice
{
    /// <summary>The command port.</summary>
    public const int CommandPort = 0x64;

    private const byte PulseReset = 0xFE;

    /// <inheritdoc/>
    public uint ReadPort(int offset, int size) => 0;

    /// <inheritdoc/>
    public void WritePort(int offset, int size, uint value)
    {
        if ((byte)value == PulseReset)
        {
            happened(PowerEvent.Reset);
        }
    }
}
