namespace Hull.Machine.Devices.Virtio;

/// <summary>What a disk's bytes are kept in: a file, an overlay, an image format.</summary>
/// <remarks>For one caller at a time. Offsets are checked by the caller against <see cref="Size"/>. Failures are answers: the guest sees an I/O error.</remarks>
public interface IBlockStore
{
    /// <summary>Bytes; a multiple of 512.</summary>
    long Size { get; }

    /// <summary>Whether writing is refused.</summary>
    bool IsReadOnly { get; }

    /// <summary>Reads; false when the host failed.</summary>
    bool TryRead(long offset, Span<byte> destination);

    /// <summary>Writes; false when the host failed. Durable only after <see cref="TryFlush"/>.</summary>
    bool TryWrite(long offset, ReadOnlySpan<byte> source);

    /// <summary>Makes everything written so far durable; false when the host failed.</summary>
    bool TryFlush();

    /// <summary>Gives a range back; it reads as zeros afterwards, or as before. False when the host failed.</summary>
    bool TryDiscard(long offset, long length, bool mustBeZero);
}
