namespace Hull.Machine.Devices.Virtio;

/// <summary>What a virtio device is. Source: virtio 1.3 §5.</summary>
public enum VirtioDeviceType
{
    /// <summary>A network card.</summary>
    Network = 1,

    /// <summary>A disk.</summary>
    Block = 2,

    /// <summary>A console.</summary>
    Console = 3,

    /// <summary>A source of random bytes.</summary>
    Entropy = 4,

    /// <summary>A memory balloon.</summary>
    Balloon = 5,

    /// <summary>Sockets to the host.</summary>
    Socket = 19,

    /// <summary>A file system.</summary>
    FileSystem = 26,
}
