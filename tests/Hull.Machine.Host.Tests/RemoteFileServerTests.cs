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
            byte[] header = new byte[8 + 40];
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
    [InlineData(40, -1)]
    [InlineData(40, int.MaxValue)]
    public void Serve_OfWhatIsNoRequest_Ends(int length, int room)
    {
        byte[] header = new byte[8];
        BinaryPrimitives.WriteInt32LittleEndian(header, length);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(4), room);
        FileServerConnection.TryWrite(_near, header);
        Echo server = new();

        FileServerConnection.Serve(_far, server);

        Assert.Equal(0, server.Asked);
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
