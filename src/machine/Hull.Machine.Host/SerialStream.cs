using Hull.Linux;
using Hull.Machine.Devices.Serial;

namespace Hull.Machine.Host;

/// <summary>A serial port's far end that is one connection: the guest waits until what it prints is taken.</summary>
/// <param name="connection">Carries both directions; stays the caller's.</param>
/// <param name="left">Called when the other side is gone; may be called twice.</param>
public sealed class SerialStream(FileDescriptor connection, Action left) : IByteSink
{
    private const int ChunkBytes = 4096;
    private const int LookAgainMs = 100;

    private readonly object _room = new();
    private bool _isDrained;

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        try
        {
            if (DescriptorIo.WriteAll(connection, bytes))
            {
                return;
            }
        }
        catch (LinuxException)
        {
            // As below: nobody reads any more.
        }

        left();
    }

    /// <summary>Sends what is typed to a port, on a thread of its own.</summary>
    public void Attach(Serial16550 serial)
    {
        ArgumentNullException.ThrowIfNull(serial);
        serial.Drained = () =>
        {
            lock (_room)
            {
                _isDrained = true;
                Monitor.Pulse(_room);
            }
        };
        new Thread(() => Pump(serial)) { IsBackground = true, Name = "console input" }.Start();
    }

    private void Pump(Serial16550 serial)
    {
        byte[] chunk = new byte[ChunkBytes];
        try
        {
            int count;
            while ((count = DescriptorIo.Read(connection, chunk)) > 0)
            {
                Send(serial, chunk.AsSpan(0, count));
            }
        }
        catch (LinuxException)
        {
            // As below: nobody types any more.
        }

        left();
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
                if (!bytes.IsEmpty && !_isDrained)
                {
                    Monitor.Wait(_room, LookAgainMs);
                }
            }
        }
    }
}
