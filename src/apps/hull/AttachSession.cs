using System.Runtime.InteropServices;
using Hull.Engine.Tasks;
using Hull.Linux;
using Hull.Supervision;

namespace Hull.Cli;

/// <summary>Joins this process's terminal or pipes with a container's: bytes both ways, signals, window size, detach keys.</summary>
/// <remarks>One thread and poll(2); signal handlers only ring a pipe.</remarks>
internal sealed class AttachSession : IDisposable
{
    private const int WindowChanged = 28;
    private const int ChunkBytes = 32 * 1024;

    private static readonly FileDescriptor s_input = FileDescriptor.Borrow(0);
    private static readonly FileDescriptor s_output = FileDescriptor.Borrow(1);
    private static readonly FileDescriptor s_error = FileDescriptor.Borrow(2);

    // What Docker forwards, but for those that stop or are about children and job control of this process.
    private static readonly int[] s_forwarded = [1, 2, 3, 10, 12, 14, 15, WindowChanged];

    private readonly TaskConnection _connection;
    private readonly AttachOptions _options;
    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly FileDescriptor _signalReader;
    private readonly FileDescriptor _signalWriter;
    private readonly byte[] _chunk = new byte[ChunkBytes];
    private readonly DetachKeys _detachKeys;
    private readonly IDisposable? _raw;

    internal AttachSession(TaskConnection connection, AttachOptions options)
    {
        _connection = connection;
        _options = options;
        _detachKeys = options.DetachKeys;
        (_signalReader, _signalWriter) = DescriptorIo.CreatePipe(nonBlocking: true);
        bool forwards = options.ForwardSignals && !(options.Terminal && options.Input);
        foreach (int signal in s_forwarded)
        {
            if (signal == WindowChanged ? options.Terminal : forwards)
            {
                _registrations.Add(PosixSignalRegistration.Create(Translate(signal), context => Ring(context, signal)));
            }
        }

        if (options is { Terminal: true, Input: true } && Terminal.IsTerminal(s_input))
        {
            _raw = Terminal.MakeRaw(s_input);
        }

        SendSize();
    }

    /// <summary>The size of this process's terminal; null when it has none.</summary>
    internal static WindowSize? CurrentSize() => Terminal.TryGetSize(s_output) ?? Terminal.TryGetSize(s_input);

    /// <summary>Whether standard input is a terminal.</summary>
    internal static bool InputIsTerminal => Terminal.IsTerminal(s_input);

    /// <summary>Refuses to join a terminal's input with something that is none.</summary>
    /// <exception cref="UsageException">Standard input is no terminal.</exception>
    internal static void CheckInput(bool terminal, bool input)
    {
        if (terminal && input && !InputIsTerminal)
        {
            throw new UsageException("A program with a terminal needs one as standard input: leave -t away to pass data in.");
        }
    }

    /// <summary>Passes everything on until the container ends or the user detaches.</summary>
    /// <returns>The exit code; null after a detach or when the supervisor vanished.</returns>
    internal AttachResult Run()
    {
        bool inputOpen = _options.Input;
        while (true)
        {
            Span<PollEntry> entries =
            [
                new PollEntry(_connection.Socket, PollEvents.In),
                new PollEntry(_signalReader, PollEvents.In),
                new PollEntry(s_input, PollEvents.In),
            ];
            if (!_connection.HasFrame)
            {
                DescriptorIo.Poll(inputOpen ? entries : entries[..2], -1);
            }

            if (_connection.HasFrame || entries[0].Revents != PollEvents.None)
            {
                if (!_connection.TryReceive(out FrameKind kind, out ReadOnlyMemory<byte> payload))
                {
                    return new AttachResult(AttachEnd.Lost, 0);
                }

                if (kind == FrameKind.Exited)
                {
                    return new AttachResult(AttachEnd.Exited, TaskConnection.ExitCodeOf(payload.Span));
                }

                Show(kind, payload.Span);
            }

            if (entries[1].Revents != PollEvents.None)
            {
                ForwardSignals();
            }

            if (inputOpen && entries[2].Revents != PollEvents.None && !TryForwardInput(ref inputOpen))
            {
                return new AttachResult(AttachEnd.Detached, 0);
            }
        }
    }

    public void Dispose()
    {
        _raw?.Dispose();
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }

        _signalReader.Dispose();
        _signalWriter.Dispose();
    }

    private static void Show(FrameKind kind, ReadOnlySpan<byte> data)
    {
        // A reader that went away does not end the container: its output still goes to the log.
        if (kind is FrameKind.Output or FrameKind.Error)
        {
            _ = DescriptorIo.WriteAll(kind == FrameKind.Output ? s_output : s_error, data);
        }
    }

    private bool TryForwardInput(ref bool open)
    {
        int count = DescriptorIo.Read(s_input, _chunk);
        if (count == 0)
        {
            open = false;
            _connection.TrySend(FrameKind.InputEnd);
            return true;
        }

        ReadOnlySpan<byte> data = _chunk.AsSpan(0, count);
        if (!_options.Terminal)
        {
            _connection.TrySendBytes(FrameKind.Input, data);
            return true;
        }

        bool detached = _detachKeys.Filter(data, out byte[] passed);
        if (passed.Length > 0)
        {
            _connection.TrySendBytes(FrameKind.Input, passed);
        }

        return !detached;
    }

    private void ForwardSignals()
    {
        Span<byte> numbers = stackalloc byte[64];
        while (DescriptorIo.TryRead(_signalReader, numbers, out int count) && count > 0)
        {
            foreach (byte number in numbers[..count])
            {
                if (number == WindowChanged)
                {
                    SendSize();
                }
                else
                {
                    _connection.TrySend(FrameKind.Signal, number);
                }
            }
        }
    }

    private void SendSize()
    {
        if (_options.Terminal && CurrentSize() is { } size)
        {
            _connection.TrySend(FrameKind.Resize, size.Rows, size.Columns);
        }
    }

    private void Ring(PosixSignalContext context, int signal)
    {
        context.Cancel = true;
        _ = DescriptorIo.TryWrite(_signalWriter, [(byte)signal], out _);
    }

    // .NET takes its own negative names for the common signals and the kernel's numbers for the others.
    private static PosixSignal Translate(int signal) => signal switch
    {
        1 => PosixSignal.SIGHUP,
        2 => PosixSignal.SIGINT,
        3 => PosixSignal.SIGQUIT,
        15 => PosixSignal.SIGTERM,
        WindowChanged => PosixSignal.SIGWINCH,
        _ => (PosixSignal)signal,
    };
}
