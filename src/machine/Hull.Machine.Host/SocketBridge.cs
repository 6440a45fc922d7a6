using Hull.Linux;
using Hull.Machine.Devices.Virtio;

namespace Hull.Machine.Host;

/// <summary>Joins a guest's sockets with descriptors of the host, byte for byte, on one thread of its own.</summary>
/// <remarks>Bounded: a connection holds what its two buffers hold, and a slow side stops the other.</remarks>
public sealed class SocketBridge : ISocketHost, IDisposable
{
    private const ulong BellKey = 0;
    private const ulong FirstKey = 16;
    private const int ChunkBytes = 32 * 1024;
    private const int MaxEvents = 32;

    private readonly Lock _gate = new();
    private readonly Epoll _epoll = new();
    private readonly EventFd _bell = new();
    private readonly Dictionary<uint, Func<FileDescriptor?>> _ports = [];
    private readonly List<(FileDescriptor Listener, uint GuestPort)> _listeners = [];
    private readonly Dictionary<ulong, Joint> _joints = [];
    private readonly HashSet<SocketConnection> _changed = [];
    private readonly Thread _thread;
    private SocketDevice? _device;
    private ulong _nextKey = FirstKey;
    private bool _flushWanted;
    private volatile bool _stopping;

    /// <summary>Makes the bridge; it works once <see cref="Start"/> was called.</summary>
    public SocketBridge()
    {
        _epoll.Add(_bell.Descriptor, PollEvents.In, BellKey);
        _thread = new Thread(Loop) { IsBackground = true, Name = "guest sockets" };
    }

    /// <summary>Answers a port of the host's; before <see cref="Start"/>.</summary>
    /// <param name="port">The port.</param>
    /// <param name="accept">Gives the descriptor to join with, which the bridge then owns; null refuses. Called with locks held.</param>
    public void Answer(uint port, Func<FileDescriptor?> accept) => _ports[port] = accept;

    /// <summary>Joins every connection to a listening socket with a new one to a port of the guest; before <see cref="Start"/>.</summary>
    /// <param name="listener">A socket whose accept does not wait; owned by the bridge.</param>
    /// <param name="guestPort">The guest's port.</param>
    public void Forward(FileDescriptor listener, uint guestPort)
    {
        _epoll.Add(listener, PollEvents.In, (ulong)_listeners.Count + 1);
        _listeners.Add((listener, guestPort));
    }

    /// <summary>Begins to carry bytes.</summary>
    public void Start(SocketDevice device)
    {
        _device = device;
        _thread.Start();
    }

    /// <summary>Joins a descriptor with a port of the guest; the bridge owns it from here on. From any thread.</summary>
    public void Join(FileDescriptor descriptor, uint guestPort)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        if (_device?.Connect(guestPort, descriptor) is not { } connection)
        {
            descriptor.Dispose();
            return;
        }

        Changed(connection);
    }

    /// <inheritdoc/>
    public bool Accept(SocketConnection connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        if (!_ports.TryGetValue(connection.HostPort, out Func<FileDescriptor?>? accept) || accept() is not { } descriptor)
        {
            return false;
        }

        connection.Tag = descriptor;
        return true;
    }

    /// <inheritdoc/>
    public void Changed(SocketConnection connection)
    {
        lock (_gate)
        {
            _changed.Add(connection);
        }

        _bell.Signal();
    }

    /// <inheritdoc/>
    public void Refused()
    {
        lock (_gate)
        {
            _flushWanted = true;
        }

        _bell.Signal();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping = true;
        _bell.Signal();
        if (_thread.IsAlive)
        {
            _thread.Join();
        }

        foreach (Joint joint in _joints.Values)
        {
            joint.Descriptor.Dispose();
        }

        foreach ((FileDescriptor listener, _) in _listeners)
        {
            listener.Dispose();
        }

        _bell.Dispose();
        _epoll.Dispose();
    }

    private void Loop()
    {
        byte[] chunk = new byte[ChunkBytes];
        var events = new EpollEvent[MaxEvents];
        List<SocketConnection> changed = [];
        while (!_stopping)
        {
            int count = _epoll.Wait(events, -1);
            bool flush = false;
            for (int i = 0; i < count; i++)
            {
                flush |= OnEvent(events[i], chunk);
            }

            lock (_gate)
            {
                changed.AddRange(_changed);
                _changed.Clear();
                flush |= _flushWanted;
                _flushWanted = false;
            }

            foreach (SocketConnection connection in changed)
            {
                OnChanged(connection, chunk);
            }

            if (flush || changed.Count > 0)
            {
                _device?.Flush();
            }

            changed.Clear();
        }
    }

    private bool OnEvent(EpollEvent happened, byte[] chunk)
    {
        if (happened.Data == BellKey)
        {
            _ = _bell.TryTake();
            return false;
        }

        if (happened.Data <= (ulong)_listeners.Count)
        {
            (FileDescriptor listener, uint port) = _listeners[(int)happened.Data - 1];
            while (UnixSocket.TryAccept(listener) is { } accepted)
            {
                Join(accepted, port);
            }

            return true;
        }

        if (_joints.TryGetValue(happened.Data, out Joint? joint))
        {
            var what = (PollEvents)(short)happened.Events;
            Pump(joint, chunk, (what & (PollEvents.HangUp | PollEvents.Error)) != 0);
        }

        return true;
    }

    private void OnChanged(SocketConnection connection, byte[] chunk)
    {
        Joint? joint = connection.Tag as Joint;
        if (joint is null && connection.Tag is FileDescriptor descriptor)
        {
            DescriptorIo.SetNonBlocking(descriptor, true);
            joint = new Joint(connection, descriptor, _nextKey++);
            connection.Tag = joint;
            _joints.Add(joint.Key, joint);
            _epoll.Add(descriptor, PollEvents.None, joint.Key);
        }

        if (joint is { IsGone: false })
        {
            Pump(joint, chunk, hungUp: false);
        }
    }

    // Both directions as far as they go; then waits for what would move them on.
    private void Pump(Joint joint, byte[] chunk, bool hungUp)
    {
        SocketConnection connection = joint.Connection;
        bool broken = false;
        try
        {
            broken = !PumpToHost(joint, chunk);
            PumpToGuest(joint, chunk);
        }
        catch (LinuxException)
        {
            broken = true;
        }

        bool over = connection.IsClosed && joint.Pending.IsEmpty && connection.IsReadEnded;
        if (broken || over || (hungUp && joint.InputEnded))
        {
            connection.Close();
            joint.IsGone = true;
            _joints.Remove(joint.Key);
            joint.Descriptor.Dispose();
            return;
        }

        PollEvents wanted = PollEvents.None;
        wanted |= !joint.InputEnded && connection.Room > 0 ? PollEvents.In : PollEvents.None;
        wanted |= joint.Pending.IsEmpty ? PollEvents.None : PollEvents.Out;
        if (wanted != joint.Wanted)
        {
            joint.Wanted = wanted;
            _epoll.Change(joint.Descriptor, wanted, joint.Key);
        }
    }

    private static bool PumpToHost(Joint joint, byte[] chunk)
    {
        while (true)
        {
            if (joint.Pending.IsEmpty)
            {
                int count = joint.Connection.Read(chunk);
                if (count == 0)
                {
                    if (joint.Connection.IsReadEnded && !joint.OutputEnded)
                    {
                        joint.OutputEnded = true;
                        UnixSocket.ShutdownWrite(joint.Descriptor);
                    }

                    return true;
                }

                joint.Pending = chunk.AsMemory(0, count);
            }

            if (!DescriptorIo.TryWrite(joint.Descriptor, joint.Pending.Span, out int written))
            {
                return false;
            }

            joint.Pending = joint.Pending[written..];
            if (!joint.Pending.IsEmpty)
            {
                // The chunk is everybody's: what waits gets memory of its own.
                joint.Pending = joint.Pending.ToArray();
                return true;
            }
        }
    }

    private static void PumpToGuest(Joint joint, byte[] chunk)
    {
        while (!joint.InputEnded)
        {
            int room = Math.Min(joint.Connection.Room, chunk.Length);
            if (room == 0 || !DescriptorIo.TryRead(joint.Descriptor, chunk.AsSpan(0, room), out int count))
            {
                return;
            }

            if (count == 0)
            {
                joint.InputEnded = true;
                joint.Connection.EndWrite();
                return;
            }

            joint.Connection.Write(chunk.AsSpan(0, count));
        }
    }

    private sealed class Joint(SocketConnection connection, FileDescriptor descriptor, ulong key)
    {
        internal SocketConnection Connection { get; } = connection;

        internal FileDescriptor Descriptor { get; } = descriptor;

        internal ulong Key { get; } = key;

        internal PollEvents Wanted { get; set; }

        internal ReadOnlyMemory<byte> Pending { get; set; }

        internal bool InputEnded { get; set; }

        internal bool OutputEnded { get; set; }

        internal bool IsGone { get; set; }
    }
}
