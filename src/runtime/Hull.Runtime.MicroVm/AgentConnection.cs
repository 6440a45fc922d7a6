using Hull.Linux;

namespace Hull.Runtime.MicroVm;

/// <summary>One request to a guest's agent, by way of the machine's process, and the answers to it.</summary>
internal sealed class AgentConnection : IDisposable
{
    /// <summary>How long a guest may take to answer, milliseconds; one that is up takes hundredths of a second.</summary>
    internal const int AnswerTimeoutMs = 30_000;

    private readonly FileDescriptor _socket;

    private AgentConnection(FileDescriptor socket) => _socket = socket;

    /// <summary>Sends a request with the streams that belong to it.</summary>
    /// <exception cref="HullException">The machine has ended.</exception>
    internal static AgentConnection Open(string path, AgentRequest request, params ReadOnlySpan<(StreamRole Role, FileDescriptor Stream)> streams)
    {
        FileDescriptor socket;
        try
        {
            socket = UnixSocket.Connect(path);
        }
        catch (LinuxException error) when (error.Error is Errno.NoEnt or Errno.ConnRefused)
        {
            throw Ended();
        }

        try
        {
            bool sent = DescriptorIo.WriteAll(socket, [(byte)streams.Length]);
            foreach ((StreamRole role, FileDescriptor stream) in streams)
            {
                sent = sent && DescriptorIo.WriteAll(socket, [(byte)role]);
                UnixSocket.SendDescriptor(socket, stream, 0);
            }

            if (!sent || !AgentProtocol.TryWrite(socket, request, AgentJson.Default.AgentRequest))
            {
                throw Ended();
            }

            return new AgentConnection(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends a request and waits for its answer.</summary>
    /// <exception cref="HullException">The guest says that it failed, the machine ended, or nothing came in time.</exception>
    internal static AgentReply Call(string path, AgentRequest request, int timeoutMs = AnswerTimeoutMs)
    {
        using AgentConnection connection = Open(path, request);
        AgentReply reply = connection.Receive(timeoutMs) ?? throw Ended();
        return reply.Failure is null ? reply : throw reply.ToException();
    }

    /// <summary>Sends another message on the connection; nothing happens when the machine ended.</summary>
    internal void Send(AgentRequest request) => _ = AgentProtocol.TryWrite(_socket, request, AgentJson.Default.AgentRequest);

    /// <summary>Waits for the next answer.</summary>
    /// <returns>Null when the machine ended.</returns>
    /// <exception cref="HullException">What came is no answer.</exception>
    internal AgentReply? Receive() => Receive(Timeout.Infinite);

    /// <summary>Waits for the next answer, but not for ever.</summary>
    /// <returns>Null when the machine ended.</returns>
    /// <exception cref="HullException">Not all of one came in time, or what came is none.</exception>
    internal AgentReply? Receive(int timeoutMs) =>
        AgentProtocol.TryRead(_socket, AgentJson.Default.AgentReply, AgentProtocol.MaxReplyBytes, timeoutMs)?.Checked();

    /// <summary>Waits for the first answer of a machine that boots.</summary>
    /// <returns>Null when the machine ended.</returns>
    /// <exception cref="HullException">The limit passed before all of one had come, or what came is none.</exception>
    internal AgentReply? Receive(BootLimit limit)
    {
        return AgentProtocol.TryRead(_socket, AgentJson.Default.AgentReply, AgentProtocol.MaxReplyBytes, Wait)?.Checked();

        void Wait(FileDescriptor source)
        {
            if (!limit.Await(source))
            {
                throw new HullException(ErrorKind.Unavailable, "The guest did not answer in time.");
            }
        }
    }

    /// <summary>Says that the end was heard: the guest waits for it before it switches itself off.</summary>
    internal void Acknowledge() => UnixSocket.ShutdownWrite(_socket);

    public void Dispose() => _socket.Dispose();

    private static HullException Ended() => new(ErrorKind.FailedPrecondition, "The machine has ended.");
}
