using System.Text;
using Hull.Linux;
using Hull.Machine.Devices.Serial;

namespace Hull.Cli.Machines;

/// <summary>Joins a machine's serial port with standard input and output.</summary>
/// <remarks>Ctrl-A x ends the machine when standard input is a terminal; Ctrl-A Ctrl-A sends Ctrl-A.</remarks>
internal sealed class SerialConsole : IByteSink, IDisposable
{
    private const byte Escape = 1;
    private const int ChunkBytes = 4096;
    private const int KeptLetters = 16 * 1024;

    private static readonly FileDescriptor s_input = FileDescriptor.Borrow(0);
    private static readonly FileDescriptor s_output = FileDescriptor.Borrow(1);

    private readonly object _room = new();
    private readonly IDisposable? _raw;
    private readonly bool _isTerminal;
    private bool _isDrained;
    private bool _escaped;
    private string _last = "";

    /// <summary>The last that was printed, to find out why a guest ended.</summary>
    internal string Last => _last;

    internal SerialConsole()
    {
        _isTerminal = Terminal.IsTerminal(s_input);
        _raw = _isTerminal ? Terminal.MakeRaw(s_input) : null;
    }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        try
        {
            DescriptorIo.WriteAll(s_output, bytes);
        }
        catch (LinuxException)
        {
            // Nobody reads any more; the guest need not know.
        }
    }

    /// <summary>Passes input on until it ends; on a thread of its own.</summary>
    /// <param name="serial">Where to.</param>
    /// <param name="leave">The user wants out.</param>
    internal void Start(Serial16550 serial, Action leave)
    {
        serial.Drained = () =>
        {
            lock (_room)
            {
                _isDrained = true;
                Monitor.Pulse(_room);
            }
        };
        Thread thread = new(() => Pump(serial, leave)) { IsBackground = true, Name = "console input" };
        thread.Start();
    }

    /// <summary>Joins a console elsewhere, until it ends or the user wants out.</summary>
    internal void Join(FileDescriptor console)
    {
        Thread input = new(() => Forward(console)) { IsBackground = true, Name = "console input" };
        input.Start();
        byte[] chunk = new byte[ChunkBytes];
        try
        {
            int count;
            while ((count = DescriptorIo.Read(console, chunk)) > 0)
            {
                Write(chunk.AsSpan(0, count));
                _last += Encoding.Latin1.GetString(chunk, 0, count);
                _last = _last[Math.Max(0, _last.Length - KeptLetters)..];
            }
        }
        catch (LinuxException)
        {
            // The machine is gone.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _raw?.Dispose();

    private void Pump(Serial16550 serial, Action leave)
    {
        byte[] chunk = new byte[ChunkBytes];
        byte[] passed = new byte[ChunkBytes];
        try
        {
            int count;
            while ((count = DescriptorIo.Read(s_input, chunk)) > 0)
            {
                int kept = Filter(chunk.AsSpan(0, count), passed, leave);
                Send(serial, passed.AsSpan(0, kept));
            }
        }
        catch (LinuxException)
        {
            // Input that cannot be read is input that ended.
        }
    }

    // Input that ended leaves the output on: a script that asks nothing still wants the answer.
    private void Forward(FileDescriptor console)
    {
        byte[] chunk = new byte[ChunkBytes];
        byte[] passed = new byte[ChunkBytes];
        try
        {
            int count;
            while ((count = DescriptorIo.Read(s_input, chunk)) > 0)
            {
                int kept = Filter(chunk.AsSpan(0, count), passed, () => UnixSocket.ShutdownBoth(console));
                DescriptorIo.WriteAll(console, passed.AsSpan(0, kept));
            }
        }
        catch (LinuxException)
        {
            // Either end is gone.
        }
    }

    private int Filter(ReadOnlySpan<byte> input, Span<byte> output, Action leave)
    {
        int kept = 0;
        foreach (byte value in input)
        {
            bool isCommand = _escaped;
            _escaped = _isTerminal && !isCommand && value == Escape;
            if (isCommand && value == (byte)'x')
            {
                leave();
            }
            else if (!_escaped)
            {
                output[kept++] = value;
            }
        }

        return kept;
    }

    // The port takes sixteen bytes at a time and says when the guest has read them.
    private void Send(Serial16550 serial, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            lock (_room)
            {
                _isDrained = false;
            }

            bytes = bytes[serial.Receive(bytes)..];
            lock (_room)
            {
                // A guest that has its port in loop-back never says so: look again after a while.
                const int LookAgainMs = 100;
                if (!bytes.IsEmpty && !_isDrained)
                {
                    Monitor.Wait(_room, LookAgainMs);
                }
            }
        }
    }
}
