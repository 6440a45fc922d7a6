namespace Hull.Machine.Devices.Virtio;

/// <summary>What taking a request from a queue came to.</summary>
public enum QueueResult
{
    /// <summary>There is none.</summary>
    Empty,

    /// <summary>Here it is.</summary>
    Ready,

    /// <summary>The driver broke the rules.</summary>
    Broken,
}
