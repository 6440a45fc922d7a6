namespace Hull.Snapshot.Tests;

/// <summary>Gives one byte, then nothing until it is told to go on.</summary>
internal sealed class SlowStream(Stream inner) : Stream
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ManualResetEventSlim _goOn = new();
    private long _given;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Ends when the reader wants the second byte.</summary>
    internal Task Reached => _reached.Task;

    internal void GoOn() => _goOn.Set();

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        if (_given > 0)
        {
            _reached.TrySetResult();
            _goOn.Wait();
        }

        int count = inner.Read(_given == 0 ? buffer[..1] : buffer);
        _given += count;
        return count;
    }

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
            _goOn.Set();
            inner.Dispose();
            _goOn.Dispose();
        }

        base.Dispose(disposing);
    }
}
