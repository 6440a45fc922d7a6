namespace Hull.Machine.Devices.Virtio;

/// <summary>One request taken from a queue.</summary>
/// <param name="SegmentCount">How many of the caller's segments are filled.</param>
/// <param name="Id">What the driver calls it.</param>
/// <param name="RingSlots">Places it takes in a packed ring.</param>
public readonly record struct DescriptorChain(int SegmentCount, ushort Id, ushort RingSlots);
