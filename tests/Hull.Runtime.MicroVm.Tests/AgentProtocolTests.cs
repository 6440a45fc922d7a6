using Hull.Linux;

namespace Hull.Runtime.MicroVm.Tests;

public sealed class AgentProtocolTests
{
    [Fact]
    public void Message_ArrivesAsItWasSent()
    {
        (FileDescriptor near, FileDescriptor far) = UnixSocket.CreatePair();
        using (near)
        using (far)
        {
            AgentReply sent = new() { Failure = "No.", Kind = ErrorKind.NotFound, IsProgram = true, Exit = new AgentExit(137, 9) };

            Assert.True(AgentProtocol.TryWrite(near, sent, AgentJson.Default.AgentReply));

            AgentReply? got = AgentProtocol.TryRead(far, AgentJson.Default.AgentReply, AgentProtocol.MaxReplyBytes);
            Assert.Equal(sent, got);
            Assert.Equal(127, Assert.IsType<ProgramException>(got!.ToException()).ExitCode);
        }
    }

    [Theory]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0x7F })]
    [InlineData(new byte[] { 0, 0, 0, 0 })]
    [InlineData(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF })]
    [InlineData(new byte[] { 2, 0, 0, 0, (byte)'{', (byte)'x' })]
    public void Message_ThatIsNone_EndsTheConversation(byte[] bytes)
    {
        (FileDescriptor near, FileDescriptor far) = UnixSocket.CreatePair();
        using (near)
        using (far)
        {
            DescriptorIo.WriteAll(near, bytes);

            HullException error = Assert.Throws<HullException>(
                () => AgentProtocol.TryRead(far, AgentJson.Default.AgentReply, AgentProtocol.MaxReplyBytes));
            Assert.Equal(ErrorKind.DataLoss, error.Kind);
        }
    }

    [Fact]
    public void Message_ThatIsCut_IsTheEnd()
    {
        (FileDescriptor near, FileDescriptor far) = UnixSocket.CreatePair();
        using (far)
        {
            DescriptorIo.WriteAll(near, [9, 0, 0, 0, (byte)'{']);
            near.Dispose();

            Assert.Null(AgentProtocol.TryRead(far, AgentJson.Default.AgentReply, AgentProtocol.MaxReplyBytes));
        }
    }
}
