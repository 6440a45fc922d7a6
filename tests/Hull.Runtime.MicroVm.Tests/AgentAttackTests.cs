using System.Diagnostics;
using System.Text;
using Hull.Linux;

namespace Hull.Runtime.MicroVm.Tests;

/// <summary>What a guest that took over its agent can say.</summary>
public sealed class AgentAttackTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("hull-agent-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    // 'hull kill' asks the guest first: one that begins to answer and stops must not hold it up.
    [Theory]
    [InlineData("")]
    [InlineData("\u0002")]
    [InlineData("\u0010\0\0\0{")]
    public void Answer_ThatDoesNotEnd_IsNoneAfterATime(string begun)
    {
        string path = Path.Combine(_directory, "agent.sock");
        using FileDescriptor listener = UnixSocket.Listen(path, 1);
        using var connection = AgentConnection.Open(path, new AgentRequest { Verb = AgentVerb.Signal });
        _ = KernelProcess.WaitReadable(listener, -1);
        using FileDescriptor guest = UnixSocket.TryAccept(listener)!;
        _ = DescriptorIo.WriteAll(guest, Encoding.ASCII.GetBytes(begun));
        var watch = Stopwatch.StartNew();

        HullException error = Assert.Throws<HullException>(() => connection.Receive(300));

        Assert.Equal(ErrorKind.Unavailable, error.Kind);
        Assert.True(watch.ElapsedMilliseconds >= 300);
    }

    [Theory]
    [InlineData("""{"exit":{"code":256,"signal":0}}""")]
    [InlineData("""{"exit":{"code":-1,"signal":0}}""")]
    [InlineData("""{"exit":{"code":0,"signal":9999}}""")]
    [InlineData("""{"processes":[null]}""")]
    [InlineData("""{"processes":[{"processId":1,"command":null}]}""")]
    public void Answer_ThatCannotBe_IsRefused(string json)
    {
        HullException error = Assert.Throws<HullException>(() => Receive(json));

        Assert.Equal(ErrorKind.DataLoss, error.Kind);
    }

    // The words end on somebody's terminal, the kind in a table of exit codes and HTTP statuses.
    [Fact]
    public void Failure_IsShownWithoutControls_AndOfAKindThatThereIs()
    {
        string failure = "bad \\u001b]0;title\\u0007\\u009b2J\\r\\n\\u202eevil \\u00fc" + new string('x', 10_000);

        HullException error = Receive($$"""{"failure":"{{failure}}","kind":4711}""")!.ToException();

        Assert.StartsWith(@"bad \x1b]0;title\x07\u009b2J\r\n\u202eevil " + "\u00fcxxx", error.Message, StringComparison.Ordinal);
        Assert.Equal(2000, error.Message.Length);
        Assert.Equal(ErrorKind.Internal, error.Kind);
    }

    [Fact]
    public void Tail_OfConsole_IsShownWithoutControls_AndNoMoreIsReadThanAMachineMayWrite()
    {
        MachineDirectory directory = new(_directory, ContainerId.Parse("one"));
        Directory.CreateDirectory(directory.Path);
        File.WriteAllText(directory.Console, "first\n\u001b[2Jsecond\u009b\r\n\n");
        using (FileStream log = File.Create(directory.Log))
        {
            log.Write("\u001b[31mbroken\nmore"u8);
            log.SetLength(1L << 40);
        }

        Assert.Equal(@"first | \x1b[2Jsecond\u009b", directory.ConsoleTail());
        Assert.Equal(@"\x1b[31mbroken more", directory.ReadLog());
    }

    // Somebody waits for 'hull cp': a guest that stops in the middle must not keep him, nor one that never begins.
    [Theory]
    [InlineData("")]
    [InlineData("half an archive")]
    public void Files_OfAGuestThatFallsSilent_AreGivenUp(string sent)
    {
        using MicroVmTask task = TaskWith(out FileDescriptor listener);
        using (listener)
        {
            using MemoryStream target = new();
            HullException? error = null;
            Thread reader = new(() => error = Assert.Throws<HullException>(() => task.ReadFiles("/etc", followsLink: false, target)));
            reader.Start();
            using FileDescriptor guest = Accept(listener, out FileDescriptor stream);
            using (stream)
            {
                _ = DescriptorIo.WriteAll(stream, Encoding.ASCII.GetBytes(sent));
                reader.Join();
            }

            Assert.Equal(ErrorKind.Unavailable, error?.Kind);
            Assert.StartsWith("The guest sent nothing for ", error?.Message, StringComparison.Ordinal);
            Assert.Equal(sent, Encoding.ASCII.GetString(target.ToArray()));
        }
    }

    [Fact]
    public void Files_ThatAGuestDoesNotTake_AreGivenUp()
    {
        using MicroVmTask task = TaskWith(out FileDescriptor listener);
        using (listener)
        {
            HullException? error = null;
            Thread writer = new(() => error = Assert.Throws<HullException>(
                () => task.WriteFiles("/etc", null, (_, target) => target.Write(new byte[1 << 20]))));
            writer.Start();
            using FileDescriptor guest = Accept(listener, out FileDescriptor stream);
            using (stream)
            {
                _ = AgentProtocol.TryWrite(guest, new AgentReply { EntryName = [] }, AgentJson.Default.AgentReply);
                writer.Join();
            }

            Assert.Equal(ErrorKind.Unavailable, error?.Kind);
            Assert.StartsWith("The guest read nothing for ", error?.Message, StringComparison.Ordinal);
        }
    }

    private MicroVmTask TaskWith(out FileDescriptor listener)
    {
        var id = ContainerId.Parse("one");
        MachineDirectory directory = new(_directory, id);
        Directory.CreateDirectory(directory.Path);
        listener = UnixSocket.Listen(directory.Socket, 1);
        return new MicroVmTask(id, directory, null!, null, null) { FileSilenceMs = 300 };
    }

    // As the machine's process takes a client: one stream, its role and its descriptor, then the request.
    private static FileDescriptor Accept(FileDescriptor listener, out FileDescriptor stream)
    {
        _ = KernelProcess.WaitReadable(listener, -1);
        FileDescriptor guest = UnixSocket.TryAccept(listener)!;
        DescriptorIo.SetNonBlocking(guest, false);
        byte[] word = new byte[1];
        Assert.True(AgentProtocol.TryFill(guest, word) && word[0] == 1 && AgentProtocol.TryFill(guest, word));
        stream = UnixSocket.ReceiveDescriptor(guest)!;
        Assert.NotNull(AgentProtocol.TryRead(guest, AgentJson.Default.AgentRequest, AgentProtocol.MaxRequestBytes));
        return guest;
    }

    private static AgentReply? Receive(string json)
    {
        (FileDescriptor near, FileDescriptor far) = UnixSocket.CreatePair();
        using (near)
        using (far)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(json);
            _ = DescriptorIo.WriteAll(near, [.. BitConverter.GetBytes(bytes.Length), .. bytes]);
            return AgentProtocol.TryRead(far, AgentJson.Default.AgentReply, AgentProtocol.MaxReplyBytes)?.Checked();
        }
    }
}
