using System.Globalization;
using Hull.Linux;

namespace Hull.Supervision;

/// <summary>A container's log: json-file lines, rotated by size, constant memory.</summary>
/// <remarks>Rotation: <c>F</c> becomes <c>F.1</c>, that becomes <c>F.2</c> …; the oldest beyond the limit goes.</remarks>
public sealed class LogFile : IDisposable
{
    private readonly LogOrders _orders;
    private readonly TimeProvider _clock;
    private readonly JsonLogEncoder _encoder = new();
    private FileDescriptor? _file;
    private long _bytes;

    /// <summary>Opens the log, and goes on where it ends.</summary>
    public LogFile(LogOrders orders, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(orders);
        _orders = orders;
        _clock = clock;
        _file = orders.Path is { } path ? Open(path) : null;
    }

    /// <summary>Takes in output of one stream.</summary>
    /// <remarks>A full disk loses log lines, never the container: the failure is counted in <see cref="LostBytes"/>.</remarks>
    public void Append(bool error, ReadOnlySpan<byte> data)
    {
        if (_orders.Path is { } path)
        {
            _encoder.Append(error, data, _clock.GetUtcNow());
            Flush(path);
        }
    }

    /// <summary>Bytes that could not be written.</summary>
    public long LostBytes { get; private set; }

    /// <summary>Writes what still waits for the end of its line, and lets go of the file until there is more.</summary>
    public void Finish()
    {
        if (_orders.Path is { } path)
        {
            _encoder.Finish(_clock.GetUtcNow());
            Flush(path);
            _file?.Dispose();
            _file = null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();

    /// <summary>The names a log has after rotations, newest first.</summary>
    public static string NameOf(string path, int age) =>
        age == 0 ? path : $"{path}.{age.ToString(CultureInfo.InvariantCulture)}";

    private void Flush(string path)
    {
        ReadOnlySpan<byte> data = _encoder.Encoded;
        if (data.IsEmpty)
        {
            return;
        }

        try
        {
            if (_orders.MaxBytes > 0 && _bytes > 0 && _bytes + data.Length > _orders.MaxBytes)
            {
                Rotate(path);
            }

            _file ??= Open(path);
            if (DescriptorIo.WriteAll(_file, data))
            {
                _bytes += data.Length;
            }
        }
        catch (LinuxException)
        {
            LostBytes += data.Length;
            CutOffHalfLine(path);
        }

        _encoder.Clear();
    }

    // What follows must begin at the beginning of a line.
    private void CutOffHalfLine(string path)
    {
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            if (file.Length > _bytes)
            {
                file.SetLength(_bytes);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The file is not there: the next line makes it.
        }
    }

    private void Rotate(string path)
    {
        _file?.Dispose();
        _file = null;
        try
        {
            if (_orders.MaxFiles <= 1)
            {
                File.Delete(path);
            }

            for (int age = _orders.MaxFiles - 1; age > 0; age--)
            {
                string older = NameOf(path, age - 1);
                if (File.Exists(older))
                {
                    File.Move(older, NameOf(path, age), overwrite: true);
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            LostBytes++;
        }
    }

    private FileDescriptor Open(string path)
    {
        FileDescriptor file = AppendFile.Open(path);
        _bytes = new FileInfo(path).Length;
        return file;
    }
}
