using Hull.Machine.Devices.Virtio;

namespace Hull.Machine.Host.Disks;

/// <summary>A raw disk image: the file's bytes are the disk's.</summary>
public sealed class RawDisk : IBlockStore, IDisposable
{
    private const int ZeroChunkBytes = 64 * 1024;

    private static readonly byte[] s_zeros = new byte[ZeroChunkBytes];

    private readonly IDiskFile _file;

    /// <summary>Takes over a file.</summary>
    /// <exception cref="HullException">Its size is not a multiple of 512.</exception>
    public RawDisk(IDiskFile file, string name, bool readOnly)
    {
        ArgumentNullException.ThrowIfNull(file);
        _file = file;
        IsReadOnly = readOnly;
        Size = file.Length;
        if (Size == 0 || Size % BlockDevice.SectorBytes != 0)
        {
            file.Dispose();
            throw new HullException(
                ErrorKind.InvalidArgument, $"The disk '{name}' has {Size} bytes, which is not a multiple of 512.");
        }
    }

    /// <inheritdoc/>
    public long Size { get; }

    /// <inheritdoc/>
    public bool IsReadOnly { get; }

    /// <inheritdoc/>
    public bool TryRead(long offset, Span<byte> destination) => _file.TryRead(offset, destination);

    /// <inheritdoc/>
    public bool TryWrite(long offset, ReadOnlySpan<byte> source) => !IsReadOnly && _file.TryWrite(offset, source);

    /// <inheritdoc/>
    public bool TryFlush() => IsReadOnly || _file.TrySync();

    /// <inheritdoc/>
    public bool TryDiscard(long offset, long length, bool mustBeZero)
    {
        if (IsReadOnly)
        {
            return false;
        }

        // Punching gives zeros and the space back; where the host cannot, zeros are a promise and a discard only a hint.
        if (length == 0 || _file.TryPunch(offset, length))
        {
            return true;
        }

        for (long done = 0; mustBeZero && done < length; done += ZeroChunkBytes)
        {
            int part = (int)Math.Min(ZeroChunkBytes, length - done);
            if (!_file.TryWrite(offset + done, s_zeros.AsSpan(0, part)))
            {
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
