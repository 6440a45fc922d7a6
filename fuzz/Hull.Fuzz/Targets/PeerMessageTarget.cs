using System.Buffers.Binary;
using System.Text;
using Hull.Engine.Tasks;
using Hull.Linux;
using Hull.Machine.Boot;
using Hull.Machine.Host.Service;
using Hull.Runtime.Container.Checkpoint;
using Hull.Runtime.MicroVm;
using Hull.Supervision;

namespace Hull.Fuzz.Targets;

/// <summary>What other processes say: a guest's agent, a supervisor, a machine's client, CRIU, a module's notes. The first byte picks which.</summary>
internal sealed class PeerMessageTarget : IFuzzTarget
{
    private const int MostBytes = 60_000;

    public string Name => "peer-messages";

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        [0, .. Framed("{}"), .. Framed("""{"exit":{"code":3,"signal":9},"statistics":{}}"""), .. Framed("""{"failure":"no","kind":3,"isProgram":true}""")],
        [1, .. Frame.Create(FrameKind.Done), .. Frame.Create(FrameKind.Exited, 7), .. Frame.Create(FrameKind.Failed, Frame.Failure(ErrorKind.NotFound, 127, "no"))],
        [1, .. Frame.Create(FrameKind.Failed, Frame.Failure(ErrorKind.NotFound, 127, "no such program"))],
        [2, .. "status\nsave\nkill\n"u8],
        [3, 0x08, 2, 0x10, 1, 0x22, 2, 0x08, 42, 0x2A, 9, 0x0A, 5, .. "hello"u8, 0x10, 7, 0x4A, 3, .. "err"u8],
        [4, .. "\0depends=virtio,virtio_ring\0name=x\0"u8],
    ];

    public void Run(ReadOnlyMemory<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        ReadOnlySpan<byte> bytes = input.Span[1..Math.Min(input.Length, MostBytes)];
        switch (input.Span[0] % 5)
        {
            case 3:
                _ = CriuReply.Read(bytes);
                return;
            case 4:
                _ = KernelModules.DependenciesOf(bytes);
                return;
        }

        (FileDescriptor reader, FileDescriptor writer) = DescriptorIo.CreatePipe();
        using (reader)
        {
            using (writer)
            {
                DescriptorIo.WriteAll(writer, bytes);
            }

            Receive(input.Span[0] % 5, reader);
        }
    }

    private static void Receive(int which, FileDescriptor reader)
    {
        switch (which)
        {
            case 0:
                while (AgentProtocol.TryRead(reader, AgentJson.Default.AgentReply, AgentProtocol.MaxReplyBytes) is { } reply)
                {
                    _ = reply.Failure is null ? "" : reply.ToException().Message;
                }

                break;
            case 1:
                using (TaskConnection connection = new(FileDescriptor.Borrow(reader.Number)))
                {
                    while (connection.TryAwaitAnswer())
                    {
                        // Answer upon answer.
                    }
                }

                break;
            default:
                while (VmProtocol.ReadLine(reader) is not null)
                {
                    // Line upon line.
                }

                break;
        }
    }

    private static byte[] Framed(string json)
    {
        byte[] text = Encoding.UTF8.GetBytes(json);
        byte[] frame = new byte[sizeof(int) + text.Length];
        BinaryPrimitives.WriteInt32LittleEndian(frame, text.Length);
        text.CopyTo(frame, sizeof(int));
        return frame;
    }
}
