using System.Buffers.Binary;
using Hull.Linux;
using Hull.Machine.Devices.Virtio;
using Hull.Machine.Host.Sharing;

namespace Hull.Machine.Host.Tests;

/// <summary>A file server in another process, and either side of it gone or hostile.</summary>
public sealed class RemoteFileServerTests : IDisposable
{
    private readonly FileDescriptor _near;
    private readonly FileDescriptor _far;
    private int _lost;

    public RemoteFileServerTests() => (_near, _far) = UnixSocket.CreatePair();

    private RemoteFileServer Asking => new(_near, () => _lost++);

    public void Dispose()
    {
        _near.Dispose();
        _far.Dispose();
    }

    [Fact]
    public void Handle_OfRequestsOfEverySize_AnswersWhatTheServerAnswers()
    {
        Thread server = new(() => FileServerConnection.Serve(_far, new Echo()));
        server.Start();
        RemoteFileServer asking = Asking;
        byte[] answer = new byte[asking.MaxAnswerBytes];
        foreach (int length in (int[])[0, 1, 40, 300_000, asking.MaxRequestBytes])
        {
            byte[] request = new byte[length];
            new Random(length).NextBytes(request);

            int written = asking.Handle(request, answer);

            Assert.Equal(request, answer.AsSpan(0, written));
        }

        Assert.Equal(7, asking.Handle(new byte[100], answer.AsSpan(0, 7)));
        asking.Reset();
        Assert.Equal(1, asking.Handle(new byte[1], answer));
        UnixSocket.ShutdownBoth(_near);
        Assert.True(server.Join(10_000));
        Assert.Equal(0, _lost);
    }

    [Fact]
    public void Handle_OnceTheServerIsGone_FailsAndSaysSoOnce()
    {
        UnixSocket.ShutdownBoth(_far);
        RemoteFileServer asking = Asking;
        byte[] request = new byte[40];
        BinaryPrimitives.WriteUInt64LittleEndian(request.AsSpan(8), 77);
        byte[] answer = new byte[100];

        int first = asking.Handle(request, answer);
        int second = asking.Handle(request, answer);

        Assert.Equal((16, 16), (first, second));
        Assert.Equal(-5, BinaryPrimitives.ReadInt32LittleEndian(answer.AsSpan(4)));
        Assert.Equal(77ul, BinaryPrimitives.ReadUInt64LittleEndian(answer.AsSpan(8)));
        Assert.Equal(1, _lost);
    }

    [Theory]
    [InlineData(101)]
    [InlineData(-1)]
    [InlineData(int.MaxValue)]
    public void Handle_OfAnswerLongerThanItsRoom_IsTheEndOfTheServer(int length)
    {
        Thread server = new(() =>
        {
            byte[] header = new byte[FileServerConnection.HeaderBytes + 40];
            Assert.True(FileServerConnection.TryFill(_far, header));
            byte[] lie = new byte[4 + 200];
            BinaryPrimitives.WriteInt32LittleEndian(lie, length);
            FileServerConnection.TryWrite(_far, lie);
        });
        server.Start();
        byte[] answer = new byte[100];

        Assert.Equal(16, Asking.Handle(new byte[40], answer));

        Assert.True(server.Join(10_000));
        Assert.Equal(1, _lost);
    }

    [Theory]
    [InlineData(-2, 0)]
    [InlineData(int.MinValue, 0)]
    [InlineData(int.MaxValue, 0)]
    [InlineData(40, -2)]
    [InlineData(40, int.MaxValue)]
    public void Serve_OfWhatIsNoRequest_Ends(int length, int room)
    {
        byte[] header = new byte[FileServerConnection.HeaderBytes];
        BinaryPrimitives.WriteInt32LittleEndian(header, length);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(4), room);
        FileServerConnection.TryWrite(_near, header);
        Echo server = new();

        FileServerConnection.Serve(_far, server);

        Assert.Equal(0, server.Asked);
    }

    // The first needs no answer, so all of them may be there before any is looked at.
    [Fact]
    public void Serve_OfRequestsThatComeTogether_AnswersEach()
    {
        byte[] sent = new byte[(3 * FileServerConnection.HeaderBytes) + 5];
        BinaryPrimitives.WriteInt32LittleEndian(sent, FileServerConnection.ResetLength);
        Span<byte> second = sent.AsSpan(FileServerConnection.HeaderBytes);
        BinaryPrimitives.WriteInt32LittleEndian(second, 5);
        BinaryPrimitives.WriteInt32LittleEndian(second[4..], 100);
        "hello"u8.CopyTo(second[FileServerConnection.HeaderBytes..]);
        Span<byte> third = second[(FileServerConnection.HeaderBytes + 5)..];
        BinaryPrimitives.WriteInt32LittleEndian(third, 0);
        Assert.True(FileServerConnection.TryWrite(_near, sent));
        UnixSocket.ShutdownWrite(_near);
        Echo server = new();

        FileServerConnection.Serve(_far, server);

        byte[] answers = new byte[4 + 5 + 4];
        Assert.True(FileServerConnection.TryFill(_near, answers));
        Assert.Equal([5, 0, 0, 0, .. "hello"u8, 0, 0, 0, 0], answers);
        Assert.Equal(2, server.Asked);
    }

    // FUSE_FORGET, FUSE_BATCH_FORGET, FUSE_RELEASE, FUSE_RELEASEDIR: nobody waits for the server, and what comes next is done after them.
    [Theory]
    [InlineData(2, 0)]
    [InlineData(42, 0)]
    [InlineData(18, 16)]
    [InlineData(29, 16)]
    public void Handle_OfWhatNeedsNoAnswer_DoesNotWait(uint opcode, int expected)
    {
        byte[] request = new byte[64];
        BinaryPrimitives.WriteUInt32LittleEndian(request.AsSpan(4), opcode);
        BinaryPrimitives.WriteUInt64LittleEndian(request.AsSpan(8), 77);
        byte[] answer = new byte[100];
        RemoteFileServer asking = Asking;

        int written = asking.Handle(request, answer);

        Assert.Equal(expected, written);
        Assert.Equal(0, BinaryPrimitives.ReadInt32LittleEndian(answer.AsSpan(4)));
        Assert.Equal(written == 0 ? 0 : 77ul, BinaryPrimitives.ReadUInt64LittleEndian(answer.AsSpan(8)));
        Echo server = new();
        Thread serving = new(() => FileServerConnection.Serve(_far, server));
        serving.Start();
        Assert.Equal(1, asking.Handle(new byte[1], answer));
        Assert.Equal(2, server.Asked);
        UnixSocket.ShutdownBoth(_near);
        Assert.True(serving.Join(10_000));
        Assert.Equal(0, _lost);
    }

    // The number is the other side's word.
    [Theory]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    [InlineData(int.MaxValue)]
    [InlineData(1023)]
    [InlineData(1024)]
    public void Serve_ForAProcessorThatThereIsNot_AnswersFromWhereItIs(int processor)
    {
        byte[] sent = new byte[FileServerConnection.HeaderBytes];
        BinaryPrimitives.WriteInt32LittleEndian(sent.AsSpan(8), processor);
        Assert.True(FileServerConnection.TryWrite(_near, sent));
        UnixSocket.ShutdownWrite(_near);
        Echo server = new();

        FileServerConnection.Serve(_far, server);

        Assert.Equal(1, server.Asked);
    }

    private sealed class Echo : IFileServer
    {
        internal int Asked { get; private set; }

        public int MaxRequestBytes => FileServer.MaxMessageBytes;

        public int MaxAnswerBytes => FileServer.MaxMessageBytes;

        public int Handle(ReadOnlySpan<byte> request, Span<byte> answer)
        {
            Asked++;
            int count = Math.Min(request.Length, answer.Length);
            request[..count].CopyTo(answer);
            return count;
        }

        public void Reset()
        {
        }
    }
}
