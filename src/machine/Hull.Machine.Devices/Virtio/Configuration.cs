namespace Hull.Machine.Devices.Virtio;

/// <summary>Reads parts of a device's configuration, whatever offset and length the guest picks.</summary>
internal static class Configuration
{
    /// <summary>Copies what is there; the rest of the destination is 0.</summary>
    internal static void Read(ReadOnlySpan<byte> configuration, int offset, Span<byte> destination)
    {
        destination.Clear();
        if (offset >= 0 && offset < configuration.Length)
        {
            ReadOnlySpan<byte> part = configuration[offset..];
            part[..Math.Min(part.Length, destination.Length)].CopyTo(destination);
        }
    }
}
