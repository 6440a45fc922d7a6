namespace Hull.Machine.Devices.Serial;

/// <summary>Where the bytes a guest prints go.</summary>
/// <remarks>Called on vCPU threads with the device's lock held: an implementation takes the bytes and returns.</remarks>
public interface IByteSink
{
    /// <summary>Takes the bytes; it may drop them but neither waits nor throws.</summary>
    void Write(ReadOnlySpan<byte> bytes);
}
