using Hull.Linux;
using Hull.Runtime;

namespace Hull.OciCli.Commands;

/// <summary>The streams of a process that run or exec starts, and the loop that serves them until it ends.</summary>
internal sealed class TerminalSession : IDisposable
{
    private const int WindowChanged = 28;

    // All but those that report a fault of this program, SIGKILL, SIGSTOP, SIGPIPE, SIGCHLD and SIGURG.
    private static ReadOnlySpan<int> Forwarded => [1, 2, 3, 10, 12, 14, 15, 16, 18, 20, 21, 22, 24, 25, 26, 27, WindowChanged, 29, 30];

    private readonly SignalPipe? _signals;
    private readonly FileDescriptor? _near;
    private readonly FileDescriptor? _console;
    private FileDescriptor? _master;
    private IDisposable? _raw;

    private TerminalSession(SignalPipe? signals, FileDescriptor? near, FileDescriptor? console, int preserved)
    {
        _signals = signals;
        _near = near;
        _console = console;
        Streams = new TaskStreams
        {
            Input = FileDescriptor.Borrow(0),
            Output = FileDescriptor.Borrow(1),
            Error = FileDescriptor.Borrow(2),
            Console = console,

            // The container's terminal writes plain line feeds, and this program's own terminal makes new lines of them:
            // output into a pipe or file then has no carriage returns. runc does the same.
            KeepsLineFeeds = near is not null,
            PreservedDescriptors = preserved,
        };
    }

    /// <summary>What the process starts with.</summary>
    internal TaskStreams Streams { get; }

    /// <summary>Arranges the streams.</summary>
    /// <param name="terminal">Whether the process has a terminal.</param>
    /// <param name="consoleSocket">Where its master goes; null for this program.</param>
    /// <param name="detached">Whether this program ends before the process.</param>
    /// <param name="preserved">How many descriptors from 3 upward it inherits.</param>
    internal static TerminalSession Open(bool terminal, string? consoleSocket, bool detached, int preserved)
    {
        if (terminal && consoleSocket is null && detached)
        {
            throw new HullException(
                ErrorKind.InvalidArgument, "A detached process with a terminal needs --console-socket: cannot allocate tty without setting console socket.");
        }

        if (!terminal && !string.IsNullOrEmpty(consoleSocket))
        {
            throw new HullException(
                ErrorKind.InvalidArgument, "The option '--console-socket' needs a process with a terminal: cannot use console socket without a tty.");
        }

        SignalPipe? signals = detached ? null : new SignalPipe(Forwarded);
        if (!terminal)
        {
            return new TerminalSession(signals, null, null, preserved);
        }

        if (!string.IsNullOrEmpty(consoleSocket))
        {
            return new TerminalSession(signals, null, UnixSocket.Connect(consoleSocket), preserved);
        }

        (FileDescriptor near, FileDescriptor far) = UnixSocket.CreatePair();
        return new TerminalSession(signals, near, far, preserved);
    }

    /// <summary>Passes signals and terminal bytes on until the process ended.</summary>
    /// <returns>Its exit status.</returns>
    internal int Serve(int processId, FileDescriptor pidFd)
    {
        AdoptTerminal();
        Span<PollEntry> entries = stackalloc PollEntry[4];
        bool input = _master is not null;
        while (true)
        {
            entries[0] = new PollEntry(pidFd, PollEvents.In);
            entries[1] = new PollEntry(_signals!.Reader, PollEvents.In);
            int count = 2;
            if (_master is not null)
            {
                entries[count++] = new PollEntry(_master, PollEvents.In);
            }

            if (input)
            {
                entries[count++] = new PollEntry(FileDescriptor.Borrow(0), PollEvents.In);
            }

            _ = DescriptorIo.Poll(entries[..count], -1);
            while (_signals.TryTake(out Signal signal))
            {
                PassOn(signal, pidFd);
            }

            if (_master is not null && entries[2].Revents != PollEvents.None && !Copy(_master, FileDescriptor.Borrow(1)))
            {
                _master.Dispose();
                _master = null;
                input = false;
            }
            else if (input && entries[3].Revents != PollEvents.None)
            {
                input = Copy(FileDescriptor.Borrow(0), _master!);
            }

            if (entries[0].Revents != PollEvents.None)
            {
                return Finish(processId);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _raw?.Dispose();
        _master?.Dispose();
        _near?.Dispose();
        _console?.Dispose();
        _signals?.Dispose();
    }

    private static bool Copy(FileDescriptor from, FileDescriptor to)
    {
        Span<byte> buffer = stackalloc byte[4096];
        int count = HostFile.Read(from, buffer);
        return count > 0 && HostFile.TryWrite(to, buffer[..count]) == Errno.None;
    }

    private void AdoptTerminal()
    {
        if (_near is null)
        {
            return;
        }

        _master = UnixSocket.ReceiveDescriptor(_near)
            ?? throw new HullException(ErrorKind.Internal, "The terminal of the process was not received.");
        var input = FileDescriptor.Borrow(0);
        if (Terminal.IsTerminal(input))
        {
            _raw = Terminal.MakeRaw(input, keepsOutput: true);
        }

        Resize();
    }

    private void Resize()
    {
        if (_master is not null && Terminal.TryGetSize(FileDescriptor.Borrow(0)) is WindowSize size)
        {
            Terminal.SetSize(_master, size);
        }
    }

    private void PassOn(Signal signal, FileDescriptor pidFd)
    {
        if (signal.Number == WindowChanged && _near is not null)
        {
            Resize();
        }
        else
        {
            _ = KernelProcess.TrySignal(pidFd, signal.Number);
        }
    }

    private int Finish(int processId)
    {
        // What the process wrote last is still in the terminal.
        while (_master is not null && KernelProcess.WaitReadable(_master, 0) && Copy(_master, FileDescriptor.Borrow(1)))
        {
        }

        _ = KernelProcess.Reap(processId, wait: true, out int status);
        return ExitStatus.FromWaitStatus(status).Code;
    }
}
