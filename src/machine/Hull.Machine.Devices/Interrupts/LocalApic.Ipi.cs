namespace Hull.Machine.Devices.Interrupts;

// The interrupt command register: messages to other processors. Source: SDM §11.6.1.
public sealed partial class LocalApic
{
    private const uint CommandLogical = 1 << 11;
    private const uint CommandAssert = 1 << 14;
    private const uint CommandLevel = 1 << 15;
    private const uint CommandWritable = 0x000C_CFFF;

    private enum Shorthand
    {
        None = 0,
        Self = 1,
        All = 2,
        Others = 3,
    }

    private void SendCommand(uint value)
    {
        DeliveryMode mode = (DeliveryMode)((value >> 8) & 7);
        byte vector = (byte)value;
        uint destination;
        lock (_gate)
        {
            _interruptCommandLow = value & CommandWritable;
            destination = IsX2 ? _interruptCommandHigh : _interruptCommandHigh >> 24;
            if (mode == DeliveryMode.Fixed && vector < FirstUsableVector)
            {
                RecordError(ErrorSendIllegalVector);
                return;
            }
        }

        bool isDeassert = mode == DeliveryMode.Init && (value & (CommandAssert | CommandLevel)) == CommandLevel;
        if (isDeassert)
        {
            return;
        }

        switch ((Shorthand)((value >> 18) & 3))
        {
            case Shorthand.Self:
                Accept(mode, vector, level: false);
                break;
            case Shorthand.All:
                SendToAll(mode, vector, withSelf: true);
                break;
            case Shorthand.Others:
                SendToAll(mode, vector, withSelf: false);
                break;
            default:
                bool isLogical = (value & CommandLogical) != 0;
                _bus.Deliver(new InterruptMessage(destination, isLogical, mode, vector, Level: false));
                break;
        }
    }

    private void SendToAll(DeliveryMode mode, byte vector, bool withSelf)
    {
        foreach (LocalApic apic in _bus.Locals)
        {
            if (withSelf || apic != this)
            {
                apic.Accept(mode, vector, level: false);
            }
        }
    }
}
