using System.Buffers.Binary;

namespace Hull.Linux;

/// <summary>Turns signals into bytes on a pipe, whichever thread they hit.</summary>
/// <remarks>
/// signalfd(2) needs the signals blocked in every thread, and a managed program has threads before its first statement
/// that block none. So a handler in machine code (<c>SpawnCode</c>) writes the number to a pipe: it runs no managed code
/// and touches nothing but its own stack. The handlers stay for the life of the process; make one of these, once.
/// Source: rt_sigaction(2).
/// </remarks>
public sealed class SignalPipe : IDisposable
{
    private const int PageBytes = 4096;
    private const ulong Restart = 0x10000000;
    private const ulong HasRestorer = 0x04000000;

    private readonly FileDescriptor _writer;

    /// <summary>Catches some signals from now on.</summary>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public SignalPipe(ReadOnlySpan<int> signals)
    {
        (Reader, _writer) = DescriptorIo.CreatePipe(nonBlocking: true);
        nint code = MapHandler(_writer.Number);
        foreach (int signal in signals)
        {
            Catch(signal, code);
        }
    }

    /// <summary>Readable when a signal came.</summary>
    public FileDescriptor Reader { get; }

    /// <summary>Takes the next signal without waiting.</summary>
    /// <returns>False when there is none.</returns>
    public bool TryTake(out Signal signal)
    {
        Span<byte> number = stackalloc byte[1];
        bool taken = HostFile.Read(Reader, number) == 1;
        signal = new Signal(number[0]);
        return taken;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // The handlers stay and write into the void; the descriptor must not become somebody else's, so it stays open.
        Reader.Dispose();
    }

    private static nint MapHandler(int descriptor)
    {
        byte[] page = new byte[PageBytes];
        SpawnCode.Bytes.CopyTo(page);
        BinaryPrimitives.WriteInt32LittleEndian(page.AsSpan(SpawnCode.SignalDescriptorOffset), descriptor);
        using FileDescriptor file = SpawnImage.MemoryFileOf(page);
        return SpawnImage.MapCode(file);
    }

    private static unsafe void Catch(int signal, nint code)
    {
        // struct kernel_sigaction: handler, flags, restorer, mask (all others wait while the handler runs).
        ulong* action = stackalloc ulong[4];
        action[0] = (ulong)(code + SpawnCode.SignalOffset);
        action[1] = Restart | HasRestorer;
        action[2] = (ulong)(code + SpawnCode.RestoreOffset);
        action[3] = ulong.MaxValue;

        // SAFETY: the kernel reads the four words; the code they point at is never unmapped.
        if (Libc.system_call(13, signal, (nint)action, 0, 8, 0, 0) != 0)
        {
            throw LinuxException.Last("rt_sigaction", "handler");
        }
    }
}
