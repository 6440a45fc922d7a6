namespace Hull.Machine.Devices.Virtio;

/// <summary>What a network card is like.</summary>
public sealed record NetworkOptions
{
    /// <summary>Bytes of an Ethernet address.</summary>
    public const int AddressBytes = 6;

    /// <summary>Its address: six bytes.</summary>
    public required ReadOnlyMemory<byte> Address { get; init; }

    /// <summary>Most bytes a second in each direction; 0 for no limit.</summary>
    public long BytesPerSecond { get; init; }
}
