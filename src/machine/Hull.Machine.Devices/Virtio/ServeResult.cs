namespace Hull.Machine.Devices.Virtio;

/// <summary>What serving a queue came to.</summary>
public enum ServeResult
{
    /// <summary>There was nothing to do.</summary>
    Nothing,

    /// <summary>At least one request was completed: the driver may want an interrupt.</summary>
    Completed,

    /// <summary>The driver broke the queue: it is told so and gets nothing more until it resets the device.</summary>
    NeedsReset,
}
