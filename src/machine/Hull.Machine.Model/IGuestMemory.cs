namespace Hull.Machine;

/// <summary>Seam 2: the guest's RAM as devices see it. Consumers read and write; nobody here maps.</summary>
/// <remarks>Thread-safe. The bytes are shared with running processors: read a field once, check the copy, use the copy.</remarks>
public interface IGuestMemory
{
    /// <summary>Copies bytes out of RAM.</summary>
    /// <returns>False when a byte of the range is not RAM; then the destination is undefined.</returns>
    bool TryRead(GuestAddress address, Span<byte> destination);

    /// <summary>Copies bytes into RAM, marks the pages dirty and tells <see cref="CodePages"/>.</summary>
    /// <returns>False when a byte of the range is not writable RAM; then nothing is promised about the rest.</returns>
    bool TryWrite(GuestAddress address, ReadOnlySpan<byte> source);
}
