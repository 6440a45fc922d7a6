namespace Hull.Machine.Devices.Bus;

/// <summary>A device that answers on I/O ports.</summary>
/// <remarks>Called from any vCPU's thread, several at a time; never throws for what a guest does.</remarks>
public interface IPortDevice
{
    /// <summary>Answers IN; bits above the size are ignored.</summary>
    /// <param name="offset">The port, counted from the device's first.</param>
    /// <param name="size">1, 2 or 4 bytes.</param>
    uint ReadPort(int offset, int size);

    /// <summary>Takes OUT; bits above the size are 0.</summary>
    /// <param name="offset">The port, counted from the device's first.</param>
    /// <param name="size">1, 2 or 4 bytes.</param>
    /// <param name="value">What the guest wrote.</param>
    void WritePort(int offset, int size, uint value);
}
