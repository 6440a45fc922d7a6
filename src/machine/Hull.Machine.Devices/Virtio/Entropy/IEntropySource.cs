namespace Hull.Machine.Devices.Virtio;

/// <summary>Where random bytes come from; the host's generator in production, a fixed pattern in tests.</summary>
public interface IEntropySource
{
    /// <summary>Fills the whole span.</summary>
    void Fill(Span<byte> destination);
}
