namespace Hull.Machine.Host.Disks;

/// <summary>The bytes of one file that a disk is kept in.</summary>
/// <remarks>For one caller at a time. Failures of the host are answers.</remarks>
public interface IDiskFile : IDisposable
{
    /// <summary>Bytes; grows with writes behind the end.</summary>
    long Length { get; }

    /// <summary>Reads; bytes behind the end are zeros.</summary>
    bool TryRead(long offset, Span<byte> destination);

    /// <summary>Writes. Durable only after <see cref="TrySync"/>.</summary>
    bool TryWrite(long offset, ReadOnlySpan<byte> source);

    /// <summary>Makes everything written so far durable, before anything that is written later.</summary>
    bool TrySync();

    /// <summary>Gives a range back; it reads as zeros afterwards. False when the host cannot.</summary>
    bool TryPunch(long offset, long length);
}
