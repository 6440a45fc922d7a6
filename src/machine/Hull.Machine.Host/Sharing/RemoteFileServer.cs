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
    // Most answers, with their length before them, come whole with the first read.
    private const int ShortBytes = 4096;

    private readonly byte[] _short = new byte[ShortBytes];
    private readonly byte[] _request = new byte[FileServerConnection.HeaderBytes + FileServer.MaxMessageBytes];
    private readonly ProcessorNearness _nearness = new();
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
        int length = NeedsNoWait(request) ? Tell(request, answer)
            : AskAndWait(request.Length, answer[..room]);
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

    // A guest that forgets hears nothing of it, and one that closes only that it was heard: each is done before whatever it asks next.
    private static bool NeedsNoWait(ReadOnlySpan<byte> request) => request.Length >= FuseRequest.HeaderBytes
        && new FuseRequest(request).Opcode is FuseOpcode.Forget or FuseOpcode.BatchForget or FuseOpcode.Release or FuseOpcode.ReleaseDirectory;

    private int Tell(ReadOnlySpan<byte> request, Span<byte> answer)
    {
        FuseRequest told = new(request);
        return !Ask(request.Length, FileServerConnection.NoAnswer) ? FileServerConnection.Gone
            : told.Opcode is FuseOpcode.Forget or FuseOpcode.BatchForget ? 0
            : new FuseAnswer(answer).Finish(told.Unique, Errno.None);
    }

    private int AskAndWait(int length, Span<byte> answer)
    {
        int processor = _nearness.Stay();
        try
        {
            return Ask(length, answer.Length, processor) ? ReadAnswer(answer) : FileServerConnection.Gone;
        }
        finally
        {
            _nearness.Leave();
        }
    }

    private bool Ask(int length, int room, int processor = FileServerConnection.AnyProcessor)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_request, length);
        BinaryPrimitives.WriteInt32LittleEndian(_request.AsSpan(sizeof(int)), room);
        BinaryPrimitives.WriteInt32LittleEndian(_request.AsSpan(2 * sizeof(int)), processor);
        return !_isLost && FileServerConnection.TryWrite(socket, _request.AsSpan(0, FileServerConnection.HeaderBytes + Math.Max(0, length)));
    }

    private int ReadAnswer(Span<byte> answer)
    {
        int known = 0;
        if (!FileServerConnection.TryFill(socket, _short, sizeof(int), ref known))
        {
            return FileServerConnection.Gone;
        }

        // The server says nothing that it is not asked: what came belongs to this answer, and more than its length is a lie.
        int length = BinaryPrimitives.ReadInt32LittleEndian(_short);
        ReadOnlySpan<byte> first = _short.AsSpan(sizeof(int), known - sizeof(int));
        if (length < first.Length || length > answer.Length)
        {
            return FileServerConnection.Gone;
        }

        first.CopyTo(answer);
        known = first.Length;
        return FileServerConnection.TryFill(socket, answer[..length], length, ref known) ? length : FileServerConnection.Gone;
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
