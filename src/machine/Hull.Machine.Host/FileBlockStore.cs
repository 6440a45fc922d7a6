using Hull.Machine.Devices.Virtio;
using Microsoft.Win32.SafeHandles;

namespace Hull.Machine.Host;

/// <summary>A raw disk image: the file's bytes are the disk's.</summary>
public sealed class FileBlockStore : IBlockStore, IDisposable
{
    private const int ZeroChunkBytes = 64 * 1024;

    private static readonly byte[] s_zeros = new byte[ZeroChunkBytes];

    private readonly SafeFileHandle _file;

    /// <summary>Opens a file or block device; another writer is kept out where the host supports it.</summary>
    /// <exception cref="HullException">It cannot be opened, or its size is not a multiple of 512.</exception>
    public FileBlockStore(string path, bool readOnly)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        IsReadOnly = readOnly;
        try
        {
            _file = File.OpenHandle(
                path,
                FileMode.Open,
                readOnly ? FileAccess.Read : FileAccess.ReadWrite,
                readOnly ? FileShare.Read : FileShare.None);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new HullException(
                error is FileNotFoundException or DirectoryNotFoundException ? ErrorKind.NotFound : ErrorKind.PermissionDenied,
                $"The disk '{path}' cannot be opened.",
                error);
        }

        Size = RandomAccess.GetLength(_file);
        if (Size == 0 || Size % BlockDevice.SectorBytes != 0)
        {
            _file.Dispose();
            throw new HullException(
                ErrorKind.InvalidArgument, $"The disk '{path}' has {Size} bytes, which is not a multiple of 512.");
        }
    }

    /// <inheritdoc/>
    public long Size { get; }

    /// <inheritdoc/>
    public bool IsReadOnly { get; }

    /// <inheritdoc/>
    public bool TryRead(long offset, Span<byte> destination)
    {
        try
        {
            while (!destination.IsEmpty)
            {
                int read = RandomAccess.Read(_file, destination, offset);
                if (read == 0)
                {
                    // Somebody made the file shorter: the guest sees zeros there, as behind a sparse end.
                    destination.Clear();
                    return true;
                }

                destination = destination[read..];
                offset += read;
            }

            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public bool TryWrite(long offset, ReadOnlySpan<byte> source)
    {
        try
        {
            RandomAccess.Write(_file, source, offset);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public bool TryFlush()
    {
        try
        {
            RandomAccess.FlushToDisk(_file);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public bool TryDiscard(long offset, long length, bool mustBeZero)
    {
        // A discard is a hint; zeros are a promise and are written.
        for (long done = 0; mustBeZero && done < length; done += ZeroChunkBytes)
        {
            int part = (int)Math.Min(ZeroChunkBytes, length - done);
            if (!TryWrite(offset + done, s_zeros.AsSpan(0, part)))
            {
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
