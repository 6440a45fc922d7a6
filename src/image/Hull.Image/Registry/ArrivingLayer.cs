using Microsoft.Win32.SafeHandles;

namespace Hull.Image;

/// <summary>Reads a layer behind the transfer that writes it. One reader on its own thread, one transfer.</summary>
internal sealed class ArrivingLayer : Stream
{
    private readonly object _gate = new();
    private SafeFileHandle? _file;
    private Exception? _failure;
    private long _available;
    private long _position;
    private bool _finished;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    /// <summary>Tells where the bytes are; the file may be renamed afterwards.</summary>
    internal void Attach(string path)
    {
        lock (_gate)
        {
            _file ??= File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan);
        }
    }

    /// <summary>Tells how many bytes there are by now.</summary>
    internal void Advance(long available)
    {
        lock (_gate)
        {
            // Fewer than before: the transfer began anew, and what was read may have been wrong.
            _failure ??= available < _position ? new IOException("The transfer began anew.") : null;
            _available = available;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>The layer is whole and checked.</summary>
    internal void Finish(long size)
    {
        lock (_gate)
        {
            _available = size;
            _finished = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>The transfer failed.</summary>
    internal void Fail(Exception error)
    {
        lock (_gate)
        {
            _failure ??= error;
            Monitor.PulseAll(_gate);
        }
    }

    public override int Read(Span<byte> buffer)
    {
        int wanted;
        SafeFileHandle file;
        lock (_gate)
        {
            while (_failure is null && !_finished && (_file is null || _position >= _available))
            {
                Monitor.Wait(_gate);
            }

            if (_failure is not null)
            {
                throw new IOException("The layer did not arrive.", _failure);
            }

            if (_position >= _available || _file is null)
            {
                return 0;
            }

            file = _file;
            wanted = (int)Math.Min(buffer.Length, _available - _position);
        }

        int count = RandomAccess.Read(file, buffer[..wanted], _position);
        if (count == 0 && wanted > 0)
        {
            throw new IOException("The transfer began anew.");
        }

        _position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _file?.Dispose();
        }

        base.Dispose(disposing);
    }
}
