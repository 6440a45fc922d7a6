namespace Hull.Machine.Devices.Virtio;

/// <summary>The transport as a device's host side sees it.</summary>
/// <remarks>From any thread, but never from inside a call of the transport into the device.</remarks>
public interface IVirtioPort
{
    /// <summary>Something came for a queue: the transport serves it on this thread before it returns.</summary>
    void Serve(int queueIndex);

    /// <summary>The configuration changed; the driver is told.</summary>
    void ConfigurationChanged();
}
