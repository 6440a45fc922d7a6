using Hull.Linux;
using Microsoft.Win32.SafeHandles;

namespace Hull.Runtime.MicroVm;

/// <content>Files in and out: the guest's agent packs and unpacks them, as only its kernel knows what the container sees.</content>
internal sealed partial class MicroVmTask
{
    private const int PipeChunkBytes = 64 * 1024;

    /// <inheritdoc/>
    public void ReadFiles(string path, bool followsLink, Stream target)
    {
        ArgumentNullException.ThrowIfNull(target);
        AgentRequest request = new() { Verb = AgentVerb.ReadFiles, Path = path, FollowsLink = followsLink };
        (FileDescriptor reader, FileDescriptor writer) = DescriptorIo.CreatePipe();
        using (reader)
        {
            AgentConnection connection;
            using (writer)
            {
                connection = AgentConnection.Open(_directory.Socket, request, (StreamRole.Output, writer));
            }

            using (connection)
            {
                using FileStream source = StreamOf(reader, FileAccess.Read);
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
        (FileDescriptor reader, FileDescriptor writer) = DescriptorIo.CreatePipe();
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
                    using FileStream target = StreamOf(writer, FileAccess.Write);
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
        AgentReply reply = connection.Receive()
            ?? throw new HullException(ErrorKind.FailedPrecondition, $"The microVM '{Id}' has ended.");
        return reply.Failure is null ? reply : throw reply.ToException();
    }

    private static FileStream StreamOf(FileDescriptor pipe, FileAccess access) =>
        new(new SafeFileHandle(pipe.Number, ownsHandle: false), access, 0);
}
