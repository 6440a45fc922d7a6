namespace Hull.Machine.Devices.Virtio;

/// <summary>Seam 4: a device without a transport. The transport owns negotiation, queues and interrupts.</summary>
/// <remarks>
/// The transport calls one method at a time. No method throws for what a guest does, and each does a bounded amount of
/// work whatever the guest asks.
/// </remarks>
public interface IVirtioDevice
{
    /// <summary>What it is.</summary>
    VirtioDeviceType Type { get; }

    /// <summary>The device's own feature bits, below 24 and from 50 on.</summary>
    ulong OfferedFeatures { get; }

    /// <summary>The largest size of each queue; a power of two.</summary>
    IReadOnlyList<ushort> QueueSizes { get; }

    /// <summary>The driver is ready.</summary>
    /// <param name="features">What both sides agreed on.</param>
    /// <param name="port">For input that comes without the driver asking.</param>
    void Activate(ulong features, IVirtioPort port);

    /// <summary>Completes the requests that wait in a queue, as far as it can now.</summary>
    ServeResult Serve(int queueIndex, VirtQueue queue);

    /// <summary>Reads the device's configuration; bytes outside it are 0.</summary>
    void ReadConfiguration(int offset, Span<byte> destination);

    /// <summary>Takes a write to the device's configuration.</summary>
    void WriteConfiguration(int offset, ReadOnlySpan<byte> source);

    /// <summary>Forgets everything the driver did.</summary>
    void Reset();
}
