using Hull.Linux;

namespace Hull.Runtime.MicroVm;

/// <summary>The host's half of a guest's terminal: a pair that passes every byte, its master for the caller.</summary>
/// <remarks>The guest's own pseudo-terminal does what terminals do; this one does nothing.</remarks>
internal sealed class GuestTerminal : IDisposable
{
    private readonly FileDescriptor _console;
    private readonly FileDescriptor _master;

    internal GuestTerminal(TaskStreams streams)
    {
        _console = streams.Console
            ?? throw new HullException(ErrorKind.InvalidArgument, "A process with a terminal needs a console socket.");
        (_master, Far) = PseudoTerminal.Create();

        // Not undone: the pair ends with the process.
        _ = Terminal.MakeRaw(Far);
    }

    /// <summary>The end for the machine.</summary>
    internal FileDescriptor Far { get; }

    /// <summary>Gives the caller its end.</summary>
    internal void HandOver() => UnixSocket.SendDescriptor(_console, _master, 0);

    public void Dispose()
    {
        _master.Dispose();
        Far.Dispose();
    }
}
