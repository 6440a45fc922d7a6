using System.Buffers.Binary;
using Hull.Linux;
using Hull.Machine.Host;
using Hull.Runtime.MicroVm;

namespace Hull.MachineProcess;

/// <summary>Takes clients of the agent, once it listens: their streams become ports, the rest is passed through.</summary>
internal sealed class AgentDoor : IDisposable
{
    private readonly FileDescriptor _listener;
    private readonly SocketBridge _bridge;
    private readonly ManualResetEventSlim _open = new();
    private readonly Thread _thread;

    internal AgentDoor(FileDescriptor listener, SocketBridge bridge)
    {
        _listener = listener;
        _bridge = bridge;
        _thread = new Thread(Serve) { IsBackground = true, Name = "agent clients" };
        _thread.Start();
    }

    /// <summary>The agent listens.</summary>
    internal void Open() => _open.Set();

    /// <summary>The thread ends with the process.</summary>
    public void Dispose() => _open.Set();

    private void Serve()
    {
        _open.Wait();
        while (true)
        {
            try
            {
                _ = KernelProcess.WaitReadable(_listener, -1);
                if (UnixSocket.TryAccept(_listener) is { } client)
                {
                    Join(client);
                }
            }
            catch (ObjectDisposedException)
            {
                // The machine has ended.
                return;
            }
            catch (LinuxException)
            {
                // This client is lost, the next may not be.
            }
        }
    }

    // What a client sends first: the number of its streams, then for each its role and its descriptor.
    private void Join(FileDescriptor client)
    {
        const int PortBytes = sizeof(byte) + sizeof(uint);
        DescriptorIo.SetNonBlocking(client, false);
        Span<byte> number = stackalloc byte[1];
        if (!AgentProtocol.TryFill(client, number) || number[0] > AgentProtocol.MaxStreams)
        {
            client.Dispose();
            return;
        }

        byte[] preface = new byte[1 + (number[0] * PortBytes)];
        preface[0] = number[0];
        for (int i = 0; i < preface[0]; i++)
        {
            if (!AgentProtocol.TryFill(client, number) || UnixSocket.ReceiveDescriptor(client) is not { } stream)
            {
                client.Dispose();
                return;
            }

            Span<byte> entry = preface.AsSpan(1 + (i * PortBytes), PortBytes);
            entry[0] = number[0];
            BinaryPrimitives.WriteUInt32LittleEndian(entry[1..], _bridge.Expect(stream, KindOf((StreamRole)number[0])));
        }

        _bridge.Join(client, AgentProtocol.AgentPort, preface);
    }

    private static StreamKind KindOf(StreamRole role) => role switch
    {
        StreamRole.Input => StreamKind.Input,
        StreamRole.Terminal => StreamKind.Terminal,
        _ => StreamKind.Output,
    };
}
