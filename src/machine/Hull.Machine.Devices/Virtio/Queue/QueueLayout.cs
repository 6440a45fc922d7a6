namespace Hull.Machine.Devices.Virtio;

/// <summary>Where the driver put a queue; nothing in it is checked, the queue checks at every access.</summary>
/// <param name="Size">Descriptors.</param>
/// <param name="Descriptors">Descriptor table or ring.</param>
/// <param name="Driver">Available ring, or driver event suppression.</param>
/// <param name="Device">Used ring, or device event suppression.</param>
public readonly record struct QueueLayout(
    ushort Size, GuestAddress Descriptors, GuestAddress Driver, GuestAddress Device);
