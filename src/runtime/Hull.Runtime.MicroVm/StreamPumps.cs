using Hull.Linux;

namespace Hull.Runtime.MicroVm;

/// <summary>Carries a further process's streams between the caller's descriptors and pipes to the machine.</summary>
/// <remarks>
/// The machine's process needs descriptors that never wait. The caller's may be a terminal or a file that other programs
/// have open too: those stay as they are, and threads of the caller's copy.
/// </remarks>
internal sealed class StreamPumps : IDisposable
{
    private const int ChunkBytes = 32 * 1024;
    private const int StackBytes = 128 * 1024;

    private readonly List<(StreamRole Role, FileDescriptor Stream)> _far = [];
    private readonly List<(FileDescriptor From, FileDescriptor To, bool IsInput)> _planned = [];
    private readonly List<Thread> _outputs = [];

    internal StreamPumps(TaskStreams streams)
    {
        if (streams.Input is { } input)
        {
            (FileDescriptor reader, FileDescriptor writer) = DescriptorIo.CreatePipe();
            _far.Add((StreamRole.Input, reader));
            _planned.Add((DescriptorIo.Duplicate(input), writer, true));
        }

        Plan(StreamRole.Output, streams.Output);
        Plan(StreamRole.Error, streams.Error);
    }

    /// <summary>The ends for the machine.</summary>
    internal ReadOnlySpan<(StreamRole Role, FileDescriptor Stream)> Far => _far.ToArray();

    /// <summary>Begins to copy; the machine has its ends.</summary>
    internal void Start()
    {
        Dispose();
        foreach ((FileDescriptor from, FileDescriptor to, bool isInput) in _planned)
        {
            Thread thread = new(() => Copy(from, to), StackBytes) { IsBackground = true, Name = "stream" };
            thread.Start();
            if (!isInput)
            {
                _outputs.Add(thread);
            }
        }
    }

    /// <summary>Waits until everything the process wrote has been passed on.</summary>
    internal void AwaitOutput() => _outputs.ForEach(thread => thread.Join());

    /// <summary>Closes this program's copies of the machine's ends.</summary>
    public void Dispose() => _far.ForEach(one => one.Stream.Dispose());

    private void Plan(StreamRole role, FileDescriptor? target)
    {
        if (target is not null)
        {
            (FileDescriptor reader, FileDescriptor writer) = DescriptorIo.CreatePipe();
            _far.Add((role, writer));
            _planned.Add((reader, DescriptorIo.Duplicate(target), false));
        }
    }

    private static void Copy(FileDescriptor from, FileDescriptor to)
    {
        byte[] chunk = new byte[ChunkBytes];
        try
        {
            int count;
            while ((count = ReadSome(from, chunk)) > 0 && DescriptorIo.WriteAll(to, chunk.AsSpan(0, count)))
            {
                // As long as both sides are there.
            }
        }
        catch (LinuxException)
        {
            // A stream that broke is a stream that ended.
        }
        finally
        {
            from.Dispose();
            to.Dispose();
        }
    }

    private static int ReadSome(FileDescriptor from, Span<byte> chunk)
    {
        int count;
        while (!DescriptorIo.TryRead(from, chunk, out count))
        {
            _ = KernelProcess.WaitReadable(from, -1);
        }

        return count;
    }
}
