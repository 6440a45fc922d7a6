using Hull.Linux;

namespace Hull.Runtime.MicroVm;

/// <content>Files in and out: the guest's agent packs and unpacks them, as only its kernel knows what the container sees.</content>
internal sealed partial class MicroVmTask
{
    private const int PipeChunkBytes = 64 * 1024;
    private const int DefaultSilenceMs = 60_000;

    /// <summary>How long a guest may neither take nor give a byte of files, milliseconds.</summary>
    internal int FileSilenceMs { get; init; } = DefaultSilenceMs;

    /// <inheritdoc/>
    public void ReadFiles(string path, bool followsLink, Stream target)
    {
        ArgumentNullException.ThrowIfNull(target);
        AgentRequest request = new() { Verb = AgentVerb.ReadFiles, Path = path, FollowsLink = followsLink };
        (FileDescriptor reader, FileDescriptor writer) = DescriptorIo.CreatePipe(nonBlocking: true);
        using (reader)
        {
            AgentConnection connection;
            using (writer)
            {
                connection = AgentConnection.Open(_directory.Socket, request, (StreamRole.Output, writer));
            }

            using (connection)
            {
                using GuestPipe source = new(reader, FileSilenceMs);
                source.CopyTo(target, PipeChunkBytes);
                _ = Expect(connection);
            }
        }
    }

    /// <inheritdoc/>
    public void WriteFiles(string path, TransferredFile? arrival, Action<byte[], Stream> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        AgentRequest request = new() { Verb = AgentVerb.WriteFiles, Path = path, Arrival = arrival };
        (FileDescriptor reader, FileDescriptor writer) = DescriptorIo.CreatePipe(nonBlocking: true);
        using (writer)
        {
            AgentConnection connection;
            using (reader)
            {
                connection = AgentConnection.Open(_directory.Socket, request, (StreamRole.Input, reader));
            }

            using (connection)
            {
                byte[] name = Expect(connection).EntryName ?? [];
                if (!IsEntryName(name, arrival))
                {
                    throw new HullException(ErrorKind.DataLoss, "The guest gave an impossible answer.");
                }

                try
                {
                    using GuestPipe target = new(writer, FileSilenceMs);
                    write(name, target);
                }
                catch (IOException)
                {
                    // The guest reads no further; its answer says why.
                }

                writer.Dispose();
                _ = Expect(connection);
            }
        }
    }

    // The name goes into an archive that the guest reads: it must not be more than a name all the same.
    private static bool IsEntryName(byte[] name, TransferredFile? arrival) => name.Length == 0
        ? arrival is null or { IsDirectory: true, IsContent: true }
        : name.Length <= 255 && !name.AsSpan().ContainsAny((byte)'/', (byte)0);

    private AgentReply Expect(AgentConnection connection)
    {
        AgentReply reply = connection.Receive(FileSilenceMs)
            ?? throw new HullException(ErrorKind.FailedPrecondition, $"The microVM '{Id}' has ended.");
        return reply.Failure is null ? reply : throw reply.ToException();
    }
}
