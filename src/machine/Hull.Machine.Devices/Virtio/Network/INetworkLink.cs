namespace Hull.Machine.Devices.Virtio;

/// <summary>Where a network card's frames go to and come from. Each begins with a virtio-net header of 12 bytes.</summary>
/// <remarks>Never waits. Called with the card's lock held.</remarks>
public interface INetworkLink
{
    /// <summary>Takes the next frame that came.</summary>
    /// <returns>Its bytes, header included; 0 when there is none.</returns>
    int TryReceive(Span<byte> frame);

    /// <summary>Sends a frame; one that the host does not take is lost, as on a wire.</summary>
    void Send(ReadOnlySpan<byte> frame);

    /// <summary>What the guest can do with frames that come: leave out checksums, take large TCP segments.</summary>
    void SetOffloads(bool checksums, bool segments4, bool segments6);
}
