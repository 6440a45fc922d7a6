using System.Buffers.Binary;
using System.Text;
using Hull.Linux;
using Hull.Supervision;

namespace Hull.Engine.Tasks;

/// <summary>A connection to a container's supervisor. Not thread-safe.</summary>
public sealed class TaskConnection : IDisposable
{
    private readonly byte[] _buffer = new byte[Frame.HeaderBytes + Frame.MaxPayloadBytes];
    private int _used;
    private int _filled;

    /// <summary>Takes over a connected socket.</summary>
    public TaskConnection(FileDescriptor socket) => Socket = socket;

    /// <summary>The socket, for waiting.</summary>
    public FileDescriptor Socket { get; }

    /// <summary>Connects to a supervisor.</summary>
    /// <returns>Null when nobody listens there.</returns>
    public static TaskConnection? TryConnect(string path)
    {
        try
        {
            return new TaskConnection(UnixSocket.Connect(path));
        }
        catch (LinuxException error) when (error.Error is Errno.NoEnt or Errno.ConnRefused)
        {
            return null;
        }
    }

    /// <summary>Sends a request.</summary>
    /// <returns>False when the supervisor is gone.</returns>
    public bool TrySend(FrameKind kind, params ReadOnlySpan<int> numbers) => DescriptorIo.WriteAll(Socket, Frame.Create(kind, numbers));

    /// <summary>Sends bytes.</summary>
    /// <returns>False when the supervisor is gone.</returns>
    public bool TrySendBytes(FrameKind kind, ReadOnlySpan<byte> payload) => DescriptorIo.WriteAll(Socket, Frame.Create(kind, payload));

    /// <summary>Sends what streams this client wants.</summary>
    /// <returns>False when the supervisor is gone.</returns>
    public bool TryAttach(AttachFlags flags) => TrySendBytes(FrameKind.Attach, [(byte)flags]);

    /// <summary>Waits for the next frame.</summary>
    /// <param name="kind">What it means.</param>
    /// <param name="payload">Its content, valid until the next call.</param>
    /// <returns>False when the supervisor is gone.</returns>
    /// <exception cref="HullException">What came is not the supervisor's protocol.</exception>
    public bool TryReceive(out FrameKind kind, out ReadOnlyMemory<byte> payload)
    {
        payload = default;
        while (true)
        {
            FrameResult result = Frame.TryRead(_buffer.AsSpan(_used, _filled - _used), out kind, out int length);
            if (result == FrameResult.Complete)
            {
                payload = _buffer.AsMemory(_used + Frame.HeaderBytes, length);
                _used += Frame.HeaderBytes + length;
                return true;
            }

            if (result == FrameResult.Broken)
            {
                throw new HullException(ErrorKind.Internal, "The container's supervisor speaks another protocol.");
            }

            if (_used > 0)
            {
                _buffer.AsSpan(_used, _filled - _used).CopyTo(_buffer);
                _filled -= _used;
                _used = 0;
            }

            int count = DescriptorIo.Read(Socket, _buffer.AsSpan(_filled));
            if (count == 0)
            {
                return false;
            }

            _filled += count;
        }
    }

    /// <summary>Whether a whole frame is here already, so that waiting on the socket could wait too long.</summary>
    public bool HasFrame =>
        Frame.TryRead(_buffer.AsSpan(_used, _filled - _used), out _, out _) == FrameResult.Complete;

    /// <summary>Waits for the answer to a request; output that comes first is dropped.</summary>
    /// <returns>False when the supervisor left without an answer: the container ended.</returns>
    /// <exception cref="TaskStartException">The supervisor says that it failed.</exception>
    public bool TryAwaitAnswer()
    {
        while (TryReceive(out FrameKind kind, out ReadOnlyMemory<byte> payload))
        {
            switch (kind)
            {
                case FrameKind.Done:
                    return true;
                case FrameKind.Failed:
                    throw FailureOf(payload.Span);
                case FrameKind.Exited:
                    return false;
                default:
                    continue;
            }
        }

        return false;
    }

    /// <summary>Reads the exit code of an <see cref="FrameKind.Exited"/> frame.</summary>
    public static int ExitCodeOf(ReadOnlySpan<byte> payload) =>
        payload.Length >= sizeof(int) ? BinaryPrimitives.ReadInt32LittleEndian(payload) : 0;

    /// <inheritdoc/>
    public void Dispose() => Socket.Dispose();

    private static TaskStartException FailureOf(ReadOnlySpan<byte> payload)
    {
        const int TextOffset = 2;
        return payload.Length < TextOffset
            ? new TaskStartException(ErrorKind.Internal, 1, "The container's supervisor failed without saying why.")
            : new TaskStartException((ErrorKind)payload[0], payload[1], Encoding.UTF8.GetString(payload[TextOffset..]));
    }
}
