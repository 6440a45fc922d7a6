namespace Hull.Machine.Devices.Virtio;

/// <summary>What a packet between guest and host means. Source: virtio 1.3 §5.10.6.</summary>
internal enum SocketOperation : ushort
{
    Invalid = 0,
    Request = 1,
    Response = 2,
    Reset = 3,
    Shutdown = 4,
    Data = 5,
    CreditUpdate = 6,
    CreditRequest = 7,
}
