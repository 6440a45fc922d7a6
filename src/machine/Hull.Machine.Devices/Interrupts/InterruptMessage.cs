namespace Hull.Machine.Devices.Interrupts;

/// <summary>One message to local APICs, from an I/O APIC, from another processor or from a device's memory write.</summary>
/// <param name="Destination">An APIC id, or a logical address.</param>
/// <param name="Logical">Whether the destination is a logical address.</param>
/// <param name="Mode">What it asks for.</param>
/// <param name="Vector">The vector, where the mode needs one.</param>
/// <param name="Level">Whether its source is level-triggered and waits for the end of interrupt.</param>
public readonly record struct InterruptMessage(
    uint Destination, bool Logical, DeliveryMode Mode, byte Vector, bool Level);
