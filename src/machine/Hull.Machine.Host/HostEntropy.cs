using Hull.Linux;
using Hull.Machine.Devices.Virtio;

namespace Hull.Machine.Host;

/// <summary>The host's random number generator. Thread-safe.</summary>
public sealed class HostEntropy : IEntropySource
{
    /// <inheritdoc/>
    public void Fill(Span<byte> destination) => KernelRandom.Fill(destination);
}
