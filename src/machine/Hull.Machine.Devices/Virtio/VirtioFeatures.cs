namespace Hull.Machine.Devices.Virtio;

/// <summary>Feature bits that belong to queues and transports. Source: virtio 1.3 §6.</summary>
public static class VirtioFeatures
{
    /// <summary>VIRTIO_F_INDIRECT_DESC.</summary>
    public const ulong IndirectDescriptors = 1ul << 28;

    /// <summary>VIRTIO_F_EVENT_IDX.</summary>
    public const ulong EventIndex = 1ul << 29;

    /// <summary>VIRTIO_F_VERSION_1.</summary>
    public const ulong Version1 = 1ul << 32;

    /// <summary>VIRTIO_F_RING_PACKED.</summary>
    public const ulong PackedRing = 1ul << 34;

    /// <summary>What every transport offers beside the device's own features.</summary>
    public const ulong Transport = IndirectDescriptors | EventIndex | Version1 | PackedRing;
}
