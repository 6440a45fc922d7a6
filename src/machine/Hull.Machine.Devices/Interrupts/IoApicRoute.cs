namespace Hull.Machine.Devices.Interrupts;

/// <summary>Makes messages as a device writes them to memory from what an I/O APIC's redirection entries say.</summary>
/// <remarks>Pure functions, for any value that a guest may have written. Source: Intel SDM vol. 3A §11.11; 82093AA data sheet §3.2.4.</remarks>
public static class IoApicRoute
{
    private const uint MessageAddress = 0xFEE0_0000;
    private const int DestinationShift = 12;
    private const uint LogicalDestination = 1 << 2;
    private const int ModeShift = 8;
    private const uint Assert = 1 << 14;
    private const uint LevelTriggered = 1 << 15;
    private const ulong EntryMasked = 1 << 16;
    private const ulong EntryLevel = 1 << 15;
    private const ulong EntryLogical = 1 << 11;
    private const int FirstUsableVector = 16;

    /// <summary>What an input sends by this entry while it may be raised by anybody.</summary>
    /// <param name="entry">The redirection entry.</param>
    /// <returns>
    /// Null when nothing may come: masked, or a message that no local APIC takes. A level-triggered entry keeps its message while it is masked:
    /// the end of an interrupt that came before still has to be told, and only the board raises such inputs.
    /// </returns>
    public static MessageSignal? Of(ulong entry)
    {
        bool isLevel = (entry & EntryLevel) != 0;
        if ((entry & EntryMasked) != 0 && !isLevel)
        {
            return null;
        }

        DeliveryMode mode = (DeliveryMode)((entry >> ModeShift) & 7);
        byte vector = (byte)entry;
        return IsTaken(mode, vector) ? Encode((uint)(entry >> 56), (entry & EntryLogical) != 0, mode, vector, isLevel) : null;
    }

    /// <summary>One message; only fixed and lowest-priority ones can be levels.</summary>
    /// <param name="destination">An APIC id or a logical address of 8 bits.</param>
    /// <param name="logical">Which of them.</param>
    /// <param name="mode">What it asks for.</param>
    /// <param name="vector">The vector.</param>
    /// <param name="level">Whether its end has to be told.</param>
    public static MessageSignal Encode(uint destination, bool logical, DeliveryMode mode, byte vector, bool level)
    {
        bool isLevel = level && mode is DeliveryMode.Fixed or DeliveryMode.LowestPriority;
        return new MessageSignal(
            MessageAddress | ((destination & 0xFF) << DestinationShift) | (logical ? LogicalDestination : 0),
            vector | ((uint)mode << ModeShift) | Assert | (isLevel ? LevelTriggered : 0));
    }

    // System management there is none of, mode 3 is reserved, and the 8259 pair has a wire of its own.
    private static bool IsTaken(DeliveryMode mode, byte vector) => mode switch
    {
        DeliveryMode.Fixed or DeliveryMode.LowestPriority => vector >= FirstUsableVector,
        DeliveryMode.Nmi or DeliveryMode.Init or DeliveryMode.StartUp => true,
        _ => false,
    };
}
