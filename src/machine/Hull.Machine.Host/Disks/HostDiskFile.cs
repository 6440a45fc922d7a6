using Hull.Linux;
using Microsoft.Win32.SafeHandles;

namespace Hull.Machine.Host.Disks;

/// <summary>A file or block device of the host.</summary>
public sealed class HostDiskFile : IDiskFile
{
    private readonly SafeFileHandle _file;

    /// <summary>Takes over an open file.</summary>
    public HostDiskFile(SafeFileHandle file)
    {
        ArgumentNullException.ThrowIfNull(file);
        _file = file;
        Length = RandomAccess.GetLength(file);
    }

    /// <inheritdoc/>
    public long Length { get; private set; }

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
                    destination.Clear();
                    return true;
                }

                destination = destination[read..];
                offset += read;
            }

            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
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
            Length = Math.Max(Length, offset + source.Length);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A full disk, a file system that went away, a file opened for reading only.
            return false;
        }
    }

    /// <inheritdoc/>
    public bool TrySync()
    {
        try
        {
            RandomAccess.FlushToDisk(_file);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public bool TryPunch(long offset, long length) => FileSpace.TryPunch(_file, offset, length);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
