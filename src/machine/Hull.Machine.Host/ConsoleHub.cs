using Hull.Linux;
using Hull.Machine.Devices.Serial;

namespace Hull.Machine.Host;

/// <summary>A serial port's far end: remembers the last that was printed, and shows it and what follows to anybody.</summary>
/// <remarks>The guest never waits for a reader: one that is too slow misses the oldest bytes. Thread-safe.</remarks>
public sealed class ConsoleHub : IByteSink
{
    private const int HistoryBytes = 64 * 1024;
    private const int ChunkBytes = 4096;
    private const int LookAgainMs = 100;

    private readonly object _gate = new();
    private readonly object _room = new();
    private readonly byte[] _history = new byte[HistoryBytes];
    private long _written;
    private bool _isClosed;
    private Serial16550? _serial;

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            foreach (byte value in bytes)
            {
                _history[_written++ % HistoryBytes] = value;
            }

            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Sends what readers type to this port from now on.</summary>
    public void Attach(Serial16550 serial)
    {
        ArgumentNullException.ThrowIfNull(serial);
        serial.Drained = () =>
        {
            lock (_room)
            {
                Monitor.PulseAll(_room);
            }
        };
        Volatile.Write(ref _serial, serial);
    }

    /// <summary>Lets readers go once they have seen everything.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Shows the console to a connection and takes its input, until either end is gone.</summary>
    public void Serve(FileDescriptor client)
    {
        Thread input = new(() => PumpInput(client)) { IsBackground = true, Name = "console input" };
        input.Start();
        byte[] chunk = new byte[ChunkBytes];
        long shown = 0;
        try
        {
            int count;
            while ((count = Next(ref shown, chunk)) > 0 && DescriptorIo.WriteAll(client, chunk.AsSpan(0, count)))
            {
            }
        }
        catch (LinuxException)
        {
            // The reader is gone.
        }

        UnixSocket.ShutdownBoth(client);
        input.Join();
    }

    private int Next(ref long shown, byte[] chunk)
    {
        lock (_gate)
        {
            while (shown == _written && !_isClosed)
            {
                Monitor.Wait(_gate);
            }

            shown = Math.Max(shown, _written - HistoryBytes);
            int count = (int)Math.Min(_written - shown, chunk.Length);
            for (int i = 0; i < count; i++)
            {
                chunk[i] = _history[shown++ % HistoryBytes];
            }

            return count;
        }
    }

    private void PumpInput(FileDescriptor client)
    {
        byte[] chunk = new byte[ChunkBytes];
        try
        {
            int count;
            while ((count = DescriptorIo.Read(client, chunk)) > 0)
            {
                Send(chunk.AsSpan(0, count));
            }
        }
        catch (LinuxException)
        {
            // Input that cannot be read is input that ended.
        }
    }

    // A guest that does not read its port holds up this reader's input and nothing else.
    private void Send(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty && !Volatile.Read(ref _isClosed))
        {
            bytes = bytes[(Volatile.Read(ref _serial)?.Receive(bytes) ?? 0)..];
            lock (_room)
            {
                // A port in loop-back, or one that was drained meanwhile, does not ring: look again after a while.
                if (!bytes.IsEmpty)
                {
                    Monitor.Wait(_room, LookAgainMs);
                }
            }
        }
    }
}
