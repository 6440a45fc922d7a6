using Hull.Linux;

namespace Hull.Supervision;

/// <summary>One client of a supervisor: what it sent so far, what waits for it.</summary>
internal sealed class ClientConnection : IDisposable
{
    /// <summary>More waiting bytes than this stop the container's output (lossless) or end the connection (others).</summary>
    internal const int MaxQueuedBytes = 256 * 1024;

    private readonly ByteQueue _queue = new();
    private readonly FileDescriptor _socket;
    private readonly Epoll _epoll;
    private byte[] _received = [];
    private int _receivedBytes;
    private PollEvents _wanted = PollEvents.In;

    internal ClientConnection(FileDescriptor socket, ulong key, Epoll epoll)
    {
        _socket = socket;
        _epoll = epoll;
        Key = key;
        epoll.Add(socket, _wanted, key);
    }

    internal ulong Key { get; }

    internal AttachFlags Flags { get; set; }

    internal bool IsClosed { get; private set; }

    internal bool WaitsForStart { get; set; }

    internal bool WaitsForStop { get; set; }

    internal bool HoldsBackOutput => !IsClosed && Flags.HasFlag(AttachFlags.Lossless) && _queue.Count >= MaxQueuedBytes;

    internal bool HasQueued => !IsClosed && _queue.Count > 0;

    /// <summary>Stops or resumes taking frames, while standard input is full.</summary>
    internal void SetReceiving(bool enabled)
    {
        if (!IsClosed)
        {
            Want(enabled ? _wanted | PollEvents.In : _wanted & ~PollEvents.In);
        }
    }

    internal void Send(FrameKind kind, ReadOnlySpan<byte> payload)
    {
        if (IsClosed)
        {
            return;
        }

        Span<byte> header = stackalloc byte[Frame.HeaderBytes];
        Frame.WriteHeader(header, kind, payload.Length);
        Write(header);
        Write(payload);
        if (_queue.Count >= MaxQueuedBytes && !Flags.HasFlag(AttachFlags.Lossless))
        {
            Dispose();
        }
    }

    internal void SendExit(int exitCode)
    {
        Span<byte> code = stackalloc byte[sizeof(int)];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32LittleEndian(code, exitCode);
        Send(FrameKind.Exited, code);
    }

    internal void SendFailure(ErrorKind kind, int exitCode, string message)
    {
        Send(FrameKind.Failed, Frame.Failure(kind, exitCode, message));
    }

    internal void Flush()
    {
        while (_queue.Count > 0 && !IsClosed)
        {
            if (!DescriptorIo.TryWrite(_socket, _queue.Head, out int count))
            {
                Dispose();
                return;
            }

            if (count == 0)
            {
                break;
            }

            _queue.Drop(count);
        }

        if (!IsClosed)
        {
            Want(_queue.Count > 0 ? _wanted | PollEvents.Out : _wanted & ~PollEvents.Out);
        }
    }

    /// <summary>Reads what came and hands each whole frame on.</summary>
    internal void Receive(FrameHandler handle)
    {
        if (_received.Length == 0)
        {
            _received = new byte[4096];
        }
        else if (_receivedBytes == _received.Length)
        {
            Array.Resize(ref _received, Math.Min(_received.Length * 2, Frame.HeaderBytes + Frame.MaxPayloadBytes));
        }

        if (!DescriptorIo.TryRead(_socket, _received.AsSpan(_receivedBytes), out int count))
        {
            return;
        }

        if (count == 0)
        {
            Dispose();
            return;
        }

        _receivedBytes += count;
        Dispatch(handle);
    }

    public void Dispose()
    {
        if (!IsClosed)
        {
            IsClosed = true;
            _queue.Drop(_queue.Count);
            _socket.Dispose();
        }
    }

    private void Dispatch(FrameHandler handle)
    {
        int used = 0;
        while (!IsClosed)
        {
            ReadOnlySpan<byte> rest = _received.AsSpan(used, _receivedBytes - used);
            FrameResult result = Frame.TryRead(rest, out FrameKind kind, out int length);
            if (result == FrameResult.Broken)
            {
                Dispose();
                return;
            }

            if (result == FrameResult.Incomplete)
            {
                break;
            }

            handle(this, kind, rest.Slice(Frame.HeaderBytes, length));
            used += Frame.HeaderBytes + length;
        }

        _received.AsSpan(used, _receivedBytes - used).CopyTo(_received);
        _receivedBytes -= used;
        if (_receivedBytes == 0)
        {
            _received = [];
        }
    }

    private void Write(ReadOnlySpan<byte> data)
    {
        if (IsClosed || data.IsEmpty)
        {
            return;
        }

        if (_queue.Count == 0)
        {
            if (!DescriptorIo.TryWrite(_socket, data, out int count))
            {
                Dispose();
                return;
            }

            data = data[count..];
        }

        if (!data.IsEmpty)
        {
            _queue.Append(data);
            Want(_wanted | PollEvents.Out);
        }
    }

    private void Want(PollEvents events)
    {
        if (events != _wanted)
        {
            _wanted = events;
            _epoll.Change(_socket, events, Key);
        }
    }
}
