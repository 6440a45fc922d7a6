using System.Buffers.Binary;
using Hull.Linux;
using Hull.Machine.Devices.Virtio;

namespace Hull.Machine.Host.Sharing;

/// <summary>A file server in another process: carries requests there and answers back.</summary>
/// <remarks>
/// The process that asks has no files, and the one that answers sees nothing of the machine but requests; see
/// docs/machine/jail.md. Not thread-safe: the device asks one thing at a time. Once the other side is gone every request fails.
/// </remarks>
/// <param name="socket">A stream to <see cref="FileServerConnection"/>; stays the caller's.</param>
/// <param name="lost">Called once, on the thread that asks, when the other side is gone.</param>
public sealed class RemoteFileServer(FileDescriptor socket, Action lost) : IFileServer
{
    private readonly byte[] _request = new byte[FileServerConnection.HeaderBytes + FileServer.MaxMessageBytes];
    private bool _isLost;

    /// <inheritdoc/>
    public int MaxRequestBytes => FileServer.MaxMessageBytes;

    /// <inheritdoc/>
    public int MaxAnswerBytes => FileServer.MaxMessageBytes;

    /// <inheritdoc/>
    public int Handle(ReadOnlySpan<byte> request, Span<byte> answer)
    {
        request.CopyTo(_request.AsSpan(FileServerConnection.HeaderBytes));
        int room = Math.Min(answer.Length, FileServer.MaxMessageBytes);
        int length = Ask(request.Length, room) ? ReadAnswer(answer[..room]) : FileServerConnection.Gone;
        if (length == FileServerConnection.Gone)
        {
            Lose();
            return request.Length < FuseRequest.HeaderBytes ? 0
                : new FuseAnswer(answer).Finish(BinaryPrimitives.ReadUInt64LittleEndian(request[8..]), Errno.IO);
        }

        return length;
    }

    /// <inheritdoc/>
    public void Reset()
    {
        if (!Ask(FileServerConnection.ResetLength, 0))
        {
            Lose();
        }
    }

    private bool Ask(int length, int room)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_request, length);
        BinaryPrimitives.WriteInt32LittleEndian(_request.AsSpan(sizeof(int)), room);
        return !_isLost && FileServerConnection.TryWrite(socket, _request.AsSpan(0, FileServerConnection.HeaderBytes + Math.Max(0, length)));
    }

    private int ReadAnswer(Span<byte> answer)
    {
        Span<byte> header = stackalloc byte[sizeof(int)];
        if (!FileServerConnection.TryFill(socket, header))
        {
            return FileServerConnection.Gone;
        }

        int length = BinaryPrimitives.ReadInt32LittleEndian(header);
        return length >= 0 && length <= answer.Length && FileServerConnection.TryFill(socket, answer[..length])
            ? length
            : FileServerConnection.Gone;
    }

    private void Lose()
    {
        if (!_isLost)
        {
            _isLost = true;
            lost();
        }
    }
}
