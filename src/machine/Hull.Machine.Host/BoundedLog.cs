using Hull.Linux;
using Hull.Machine.Devices.Serial;

namespace Hull.Machine.Host;

/// <summary>Keeps what a guest prints on its serial port in a file, up to a bound: a guest can print for ever.</summary>
/// <remarks>
/// A full file begins anew with the last that was in it: what a guest printed before it died is what somebody wants to read.
/// Not thread-safe.
/// </remarks>
/// <param name="file">Open for appending; the log owns it.</param>
public sealed class BoundedLog(FileDescriptor file) : IByteSink, IDisposable
{
    /// <summary>Most bytes of the file.</summary>
    public const int MaxBytes = 256 * 1024;

    /// <summary>How much of the end is kept when the file is full.</summary>
    public const int KeptBytes = 16 * 1024;

    private readonly byte[] _last = new byte[KeptBytes];
    private long _written;
    private int _length;

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            ReadOnlySpan<byte> part = bytes[..Math.Min(bytes.Length, KeptBytes)];
            if (_length + part.Length > MaxBytes)
            {
                BeginAnew();
            }

            Append(part);
            Remember(part);
            bytes = bytes[part.Length..];
        }
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private void BeginAnew()
    {
        _ = FileTree.SetLength(file, 0);
        _length = 0;
        int start = (int)(_written % KeptBytes);
        Append(_last.AsSpan(start));
        Append(_last.AsSpan(0, start));
    }

    // A full disk of the host's loses lines, and nothing else.
    private void Append(ReadOnlySpan<byte> bytes)
    {
        _length += bytes.Length;
        _ = HostFile.TryWrite(file, bytes);
    }

    private void Remember(ReadOnlySpan<byte> bytes)
    {
        int start = (int)(_written % KeptBytes);
        int first = Math.Min(bytes.Length, KeptBytes - start);
        bytes[..first].CopyTo(_last.AsSpan(start));
        bytes[first..].CopyTo(_last);
        _written += bytes.Length;
    }
}
