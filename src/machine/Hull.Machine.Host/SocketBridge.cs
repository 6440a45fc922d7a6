using Hull.Linux;
using Hull.Machine.Devices.Virtio;

namespace Hull.Machine.Host;

/// <summary>Joins a guest's sockets with descriptors of the host, byte for byte, on one thread of its own.</summary>
/// <remarks>Bounded: a connection holds what its two buffers hold, and a slow side stops the other.</remarks>
public sealed class SocketBridge : ISocketHost, IDisposable
{
    private const ulong BellKey = 0;
    private const ulong FirstKey = 16;
    private const uint FirstOfferedPort = 0x1000;
    private const int ChunkBytes = 32 * 1024;
    private const int MaxEvents = 32;

    private readonly Lock _gate = new();
    private readonly Epoll _epoll = new();
    private readonly EventFd _bell = new();
    private readonly ManualResetEventSlim _idle = new(true);
    private readonly Dictionary<uint, Offer> _offers = [];
    private readonly Dictionary<uint, Action> _bells = [];
    private readonly Dictionary<ulong, Joint> _joints = [];
    private readonly HashSet<SocketConnection> _changed = [];
    private readonly Thread _thread;
    private SocketDevice? _device;
    private ulong _nextKey = FirstKey;
    private uint _nextPort = FirstOfferedPort;
    private bool _flushWanted;
    private volatile bool _stopping;

    /// <summary>Makes the bridge; it works once <see cref="Start"/> was called.</summary>
    public SocketBridge()
    {
        _epoll.Add(_bell.Descriptor, PollEvents.In, BellKey);
        _thread = new Thread(Loop) { IsBackground = true, Name = "guest sockets" };
    }

    /// <summary>Calls somebody when the guest knocks at a port, and refuses it; before <see cref="Start"/>.</summary>
    /// <param name="port">The port.</param>
    /// <param name="knocked">Called with locks held: note it down and return.</param>
    public void Listen(uint port, Action knocked) => _bells[port] = knocked;

    /// <summary>Joins a descriptor with the guest's first connection to a new port; the bridge owns it from here on. From any thread.</summary>
    /// <returns>The port.</returns>
    public uint Expect(FileDescriptor descriptor, StreamKind kind)
    {
        lock (_gate)
        {
            uint port = _nextPort++;
            _offers.Add(port, new Offer(descriptor, kind));
            return port;
        }
    }

    /// <summary>Begins to carry bytes.</summary>
    public void Start(SocketDevice device)
    {
        _device = device;
        _thread.Start();
    }

    /// <summary>Joins a socket with a port of the guest; the bridge owns it from here on. From any thread.</summary>
    /// <param name="descriptor">The socket.</param>
    /// <param name="guestPort">The guest's port.</param>
    /// <param name="preface">What the guest reads before the socket's bytes.</param>
    public void Join(FileDescriptor descriptor, uint guestPort, ReadOnlySpan<byte> preface)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        if (_device?.Connect(guestPort) is not { } connection)
        {
            descriptor.Dispose();
            return;
        }

        // The preface first: the bridge's thread copies from the descriptor once it sees it.
        connection.Write(preface);
        connection.Tag = new Offer(descriptor, StreamKind.Socket);
        Changed(connection);
    }

    /// <summary>The guest is gone: passes on what it sent, as far as somebody reads it within a time.</summary>
    public void Drain(TimeSpan limit)
    {
        _device?.Reset();
        lock (_gate)
        {
            foreach (Offer offer in _offers.Values)
            {
                offer.Descriptor.Dispose();
            }

            _offers.Clear();
        }

        _bell.Signal();
        _ = _idle.Wait(limit);
    }

    /// <inheritdoc/>
    public bool Accept(SocketConnection connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        if (_bells.TryGetValue(connection.HostPort, out Action? knocked))
        {
            knocked();
            return false;
        }

        lock (_gate)
        {
            if (!_offers.Remove(connection.HostPort, out Offer? offer))
            {
                return false;
            }

            connection.Tag = offer;
            return true;
        }
    }

    /// <inheritdoc/>
    public void Changed(SocketConnection connection)
    {
        lock (_gate)
        {
            _changed.Add(connection);
            _idle.Reset();
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

        foreach (Offer offer in _offers.Values)
        {
            offer.Descriptor.Dispose();
        }

        _bell.Dispose();
        _epoll.Dispose();
        _idle.Dispose();
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
            lock (_gate)
            {
                if (_joints.Count == 0 && _changed.Count == 0)
                {
                    _idle.Set();
                }
            }
        }
    }

    private bool OnEvent(EpollEvent happened, byte[] chunk)
    {
        if (happened.Data == BellKey)
        {
            _ = _bell.TryTake();
            return false;
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
        if (connection.Tag is Offer offer)
        {
            DescriptorIo.SetNonBlocking(offer.Descriptor, true);
            joint = new Joint(connection, offer, _nextKey++);
            connection.Tag = joint;
            _joints.Add(joint.Key, joint);

            // Changes only: each pump goes as far as it can, so what is still there was seen.
            _epoll.AddEdges(joint.Descriptor, PollEvents.In | PollEvents.Out, joint.Key);
        }

        if (joint is { IsGone: false })
        {
            Pump(joint, chunk, hungUp: false);
        }
    }

    // Both directions as far as they go.
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

        bool isOver = joint.Pending.IsEmpty && connection.IsReadEnded && (connection.IsClosed || joint.EndsWithGuest);
        if (broken || isOver || (hungUp && joint.InputEnded))
        {
            connection.Close();
            joint.IsGone = true;
            _joints.Remove(joint.Key);
            joint.Descriptor.Dispose();
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
                    if (joint.Connection.IsReadEnded && !joint.OutputEnded && !joint.EndsWithGuest)
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

    /// <summary>A descriptor that waits for its connection.</summary>
    private sealed record Offer(FileDescriptor Descriptor, StreamKind Kind);

    private sealed class Joint(SocketConnection connection, Offer offer, ulong key)
    {
        internal SocketConnection Connection { get; } = connection;

        internal FileDescriptor Descriptor { get; } = offer.Descriptor;

        internal ulong Key { get; } = key;

        /// <summary>Whether nothing is left to do once the guest sends nothing more.</summary>
        internal bool EndsWithGuest { get; } = offer.Kind is StreamKind.Output or StreamKind.Terminal;

        internal ReadOnlyMemory<byte> Pending { get; set; }

        internal bool InputEnded { get; set; } = offer.Kind == StreamKind.Output;

        internal bool OutputEnded { get; set; } = offer.Kind == StreamKind.Input;

        internal bool IsGone { get; set; }
    }
}
