using System.Buffers.Binary;
using Hull.Linux;
using Hull.Runtime;
using Hull.Runtime.MicroVm;

namespace Hull.Guest;

/// <summary>A process's streams: pipes or a terminal here, sockets to the host, and threads that copy between them.</summary>
internal sealed class StreamSet : IDisposable
{
    private const int StackBytes = 128 * 1024;
    private const int ChunkBytes = 32 * 1024;

    private readonly List<(StreamRole Role, FileDescriptor Socket)> _sockets;
    private readonly List<FileDescriptor> _forProcess = [];
    private readonly List<(FileDescriptor Near, StreamRole Role, FileDescriptor Socket)> _joined = [];
    private readonly List<Thread> _outputs = [];
    private readonly EventFd _ended = new();
    private FileDescriptor? _console;
    private FileDescriptor? _terminal;

    private StreamSet(List<(StreamRole Role, FileDescriptor Socket)> sockets) => _sockets = sockets;

    /// <summary>Reads what precedes a request, and connects to the ports it names.</summary>
    internal static StreamSet Read(FileDescriptor connection)
    {
        const int EntryBytes = 1 + sizeof(uint);
        byte[] count = new byte[1];
        if (!AgentProtocol.TryFill(connection, count) || count[0] > AgentProtocol.MaxStreams)
        {
            return new StreamSet([]);
        }

        byte[] entries = new byte[count[0] * EntryBytes];
        List<(StreamRole, FileDescriptor)> sockets = [];
        if (AgentProtocol.TryFill(connection, entries))
        {
            for (int i = 0; i < count[0]; i++)
            {
                Span<byte> entry = entries.AsSpan(i * EntryBytes, EntryBytes);
                uint port = BinaryPrimitives.ReadUInt32LittleEndian(entry[1..]);
                sockets.Add(((StreamRole)entry[0], VirtualSocket.Connect(VirtualSocket.HostAddress, port)));
            }
        }

        return new StreamSet(sockets);
    }

    /// <summary>Makes the process's ends.</summary>
    internal TaskStreams Prepare(bool isTerminal)
    {
        if (isTerminal)
        {
            (_console, FileDescriptor far) = UnixSocket.CreatePair();
            _forProcess.Add(far);
            return new TaskStreams { Console = far };
        }

        return new TaskStreams
        {
            Input = Pipe(StreamRole.Input),
            Output = Pipe(StreamRole.Output),
            Error = Pipe(StreamRole.Error),
        };
    }

    /// <summary>Begins to copy; the process has its ends.</summary>
    internal void Begin()
    {
        _forProcess.ForEach(descriptor => descriptor.Dispose());
        _forProcess.Clear();
        foreach ((FileDescriptor near, StreamRole role, FileDescriptor socket) in _joined)
        {
            if (role == StreamRole.Input)
            {
                Start(() => CopyIn(socket, near));
            }
            else
            {
                _outputs.Add(Start(() => CopyOut(near, socket)));
            }
        }

        if (_console is not null && Find(StreamRole.Terminal) is { } line)
        {
            _terminal = UnixSocket.ReceiveDescriptor(_console)
                ?? throw new HullException(ErrorKind.Internal, "The process sent no terminal.");
            FileDescriptor terminal = _terminal;
            FileDescriptor writer = DescriptorIo.Duplicate(terminal);
            Start(() => CopyIn(line, writer));
            _outputs.Add(Start(() => CopyOut(terminal, line)));
        }
    }

    /// <summary>The process ended: passes on what it wrote, and waits until the host has it.</summary>
    internal void Finish()
    {
        _ended.Signal();
        _outputs.ForEach(thread => thread.Join());
    }

    /// <summary>Gives the terminal a size.</summary>
    internal void Resize(int rows, int columns)
    {
        if (_terminal is not null && rows is >= 0 and <= ushort.MaxValue && columns is >= 0 and <= ushort.MaxValue)
        {
            Terminal.SetSize(_terminal, new WindowSize { Rows = (ushort)rows, Columns = (ushort)columns });
        }
    }

    public void Dispose()
    {
        _forProcess.ForEach(descriptor => descriptor.Dispose());
        _console?.Dispose();
        _terminal?.Dispose();
        foreach ((_, FileDescriptor socket) in _sockets)
        {
            // Ends a copy that waits for the host; closing alone would leave it waiting.
            UnixSocket.ShutdownBoth(socket);
            socket.Dispose();
        }
    }

    private FileDescriptor? Find(StreamRole role) => _sockets.Find(one => one.Role == role).Socket;

    private FileDescriptor? Pipe(StreamRole role)
    {
        if (Find(role) is not { } socket)
        {
            return null;
        }

        (FileDescriptor reader, FileDescriptor writer) = DescriptorIo.CreatePipe();
        (FileDescriptor far, FileDescriptor near) = role == StreamRole.Input ? (reader, writer) : (writer, reader);
        _forProcess.Add(far);
        _joined.Add((near, role, socket));
        return far;
    }

    private static Thread Start(Action copy)
    {
        Thread thread = new(() => Guard(copy), StackBytes) { IsBackground = true };
        thread.Start();
        return thread;
    }

    private static void Guard(Action copy)
    {
        try
        {
            copy();
        }
        catch (Exception error) when (error is HullException or ObjectDisposedException)
        {
            // A stream that broke is a stream that ended.
        }
    }

    private static void CopyIn(FileDescriptor socket, FileDescriptor target)
    {
        using (target)
        {
            byte[] chunk = new byte[ChunkBytes];
            int count;
            while ((count = DescriptorIo.Read(socket, chunk)) > 0 && DescriptorIo.WriteAll(target, chunk.AsSpan(0, count)))
            {
                // As long as both sides are there.
            }
        }
    }

    // Ends with the stream, or when the process has ended and everything that it wrote has gone.
    private void CopyOut(FileDescriptor source, FileDescriptor socket)
    {
        byte[] chunk = new byte[ChunkBytes];
        while (true)
        {
            Span<PollEntry> entries = [new PollEntry(source, PollEvents.In), new PollEntry(_ended.Descriptor, PollEvents.In)];
            _ = DescriptorIo.Poll(entries, -1);
            if (entries[0].Revents == PollEvents.None)
            {
                if (entries[1].Revents != PollEvents.None)
                {
                    break;
                }

                continue;
            }

            int count = DescriptorIo.Read(source, chunk);
            if (count == 0 || !DescriptorIo.WriteAll(socket, chunk.AsSpan(0, count)))
            {
                break;
            }
        }

        source.Dispose();

        // The host closes once it has passed everything on.
        UnixSocket.ShutdownWrite(socket);
        while (DescriptorIo.Read(socket, chunk) > 0)
        {
            // Nothing is expected.
        }
    }
}
