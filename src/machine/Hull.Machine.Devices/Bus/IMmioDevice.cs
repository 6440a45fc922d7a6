namespace Hull.Machine.Devices.Bus;

/// <summary>A device that answers in a range of guest-physical addresses.</summary>
/// <remarks>Called from any vCPU's thread, several at a time; never throws for what a guest does.</remarks>
public interface IMmioDevice
{
    /// <summary>Answers a load; bits above the size are ignored.</summary>
    /// <param name="offset">The address, counted from the device's first.</param>
    /// <param name="size">1, 2, 4 or 8 bytes.</param>
    ulong ReadMmio(ulong offset, int size);

    /// <summary>Takes a store; bits above the size are 0.</summary>
    /// <param name="offset">The address, counted from the device's first.</param>
    /// <param name="size">1, 2, 4 or 8 bytes.</param>
    /// <param name="value">What the guest wrote.</param>
    void WriteMmio(ulong offset, int size, ulong value);
}
