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
        Open();
    }

    /// <summary>Takes in output of one stream.</summary>
    /// <remarks>A full disk loses log lines, never the container: the failure is counted in <see cref="LostBytes"/>.</remarks>
    public void Append(bool error, ReadOnlySpan<byte> data)
    {
        if (_orders.Path is not null)
        {
            _encoder.Append(error, data, _clock.GetUtcNow());
            Flush();
        }
    }

    /// <summary>Bytes that could not be written.</summary>
    public long LostBytes { get; private set; }

    /// <summary>Writes what still waits for the end of its line.</summary>
    public void Finish()
    {
        if (_orders.Path is not null)
        {
            _encoder.Finish(_clock.GetUtcNow());
            Flush();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();

    /// <summary>The names a log has after rotations, newest first.</summary>
    public static string NameOf(string path, int age) =>
        age == 0 ? path : $"{path}.{age.ToString(CultureInfo.InvariantCulture)}";

    private void Flush()
    {
        ReadOnlySpan<byte> data = _encoder.Encoded;
        if (data.IsEmpty)
        {
            return;
        }

        if (_orders.MaxBytes > 0 && _bytes > 0 && _bytes + data.Length > _orders.MaxBytes)
        {
            Rotate();
        }

        try
        {
            if (_file is not null && DescriptorIo.WriteAll(_file, data))
            {
                _bytes += data.Length;
            }
        }
        catch (LinuxException)
        {
            LostBytes += data.Length;
        }

        _encoder.Clear();
    }

    private void Rotate()
    {
        string path = _orders.Path!; // Checked by every caller.
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
        catch (IOException)
        {
            LostBytes++;
        }

        Open();
    }

    private void Open()
    {
        if (_orders.Path is null)
        {
            return;
        }

        _file = AppendFile.Open(_orders.Path);
        _bytes = new FileInfo(_orders.Path).Length;
    }
}
