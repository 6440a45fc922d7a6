namespace Hull.Machine.Devices.Virtio;

/// <summary>One contiguous piece of a request, as the guest described it; nothing in it is checked yet.</summary>
/// <param name="Address">Where it starts.</param>
/// <param name="Length">Bytes.</param>
/// <param name="DeviceWrites">Whether it is for the device to write; otherwise the device reads it.</param>
public readonly record struct BufferSegment(GuestAddress Address, uint Length, bool DeviceWrites);
