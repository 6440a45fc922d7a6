using Hull.Linux;

namespace Hull.Runtime.MicroVm;

/// <summary>The host's end of a pipe whose other end a guest reads or writes: it waits for the guest, but not for ever.</summary>
/// <remarks>
/// Only silence counts: a guest that goes on, however slowly, is waited for, as a large file on a slow host may take hours.
/// Whoever waits can end it at any time by ending the machine.
/// </remarks>
/// <param name="pipe">The end; does not belong to the stream.</param>
/// <param name="silenceMs">How long the guest may do nothing, milliseconds.</param>
internal sealed class GuestPipe(FileDescriptor pipe, int silenceMs) : Stream
{
    private const int MsPerSecond = 1000;

    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    /// <exception cref="HullException">The guest sent nothing for too long.</exception>
    public override int Read(Span<byte> buffer)
    {
        Await(PollEvents.In, "sent");
        return DescriptorIo.Read(pipe, buffer);
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">The guest reads no further.</exception>
    /// <exception cref="HullException">The guest read nothing for too long.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            Await(PollEvents.Out, "read");
            if (!DescriptorIo.TryWrite(pipe, buffer, out int count))
            {
                throw new IOException("The guest reads no further.");
            }

            buffer = buffer[count..];
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
        // Nothing is kept back.
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private void Await(PollEvents what, string done)
    {
        long end = Environment.TickCount64 + silenceMs;
        Span<PollEntry> entries = [new PollEntry(pipe, what)];
        while (DescriptorIo.Poll(entries, (int)Math.Max(0, end - Environment.TickCount64)) == 0)
        {
            // A signal ends the wait, too.
            if (Environment.TickCount64 >= end)
            {
                throw new HullException(ErrorKind.Unavailable, $"The guest {done} nothing for {silenceMs / MsPerSecond} seconds.");
            }
        }
    }
}
