using System.Buffers.Binary;

namespace Hull.Machine.Devices.Virtio;

/// <summary>Stream sockets between guest and host. Source: virtio 1.3 §5.10.</summary>
/// <remarks>
/// Both sides announce how much they can hold, and never send more: a slow reader stops its own connection only. A guest
/// that breaks that rule loses the connection. <see cref="Connect"/> and <see cref="Flush"/> are for any thread.
/// </remarks>
public sealed partial class SocketDevice : IVirtioDevice
{
    /// <summary>Most connections at a time.</summary>
    public const int MaxConnections = 256;

    /// <summary>The host's address. Source: vsock(7), VMADDR_CID_HOST.</summary>
    public const ulong HostCid = 2;

    private const ushort QueueSize = 128;
    private const int ReceiveQueue = 0;
    private const int TransmitQueue = 1;
    private const uint FirstHostPort = 1 << 30;
    private const int MaxRefusals = 64;

    private readonly Lock _gate = new();
    private readonly ulong _guestCid;
    private readonly ISocketHost _host;
    private readonly List<SocketConnection> _connections = [];
    private readonly Queue<SocketHeader> _refusals = new();
    private readonly BufferSegment[] _segments = new BufferSegment[QueueSize];
    private readonly byte[] _packet = new byte[SocketConnection.BufferBytes];
    private IVirtioPort? _port;
    private uint _nextPort = FirstHostPort;
    private int _turn;

    /// <summary>Creates the device; the host's end outlives it.</summary>
    /// <param name="guestCid">The guest's address, 3 or more.</param>
    /// <param name="host">The host's end.</param>
    public SocketDevice(ulong guestCid, ISocketHost host)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(guestCid, HostCid);
        _guestCid = guestCid;
        _host = host;
    }

    /// <inheritdoc/>
    public VirtioDeviceType Type => VirtioDeviceType.Socket;

    /// <summary>VIRTIO_VSOCK_F_STREAM.</summary>
    public ulong OfferedFeatures => 1;

    /// <summary>Receive, transmit, events.</summary>
    public IReadOnlyList<ushort> QueueSizes { get; } = [QueueSize, QueueSize, QueueSize];

    /// <summary>Asks the guest for a connection to one of its ports.</summary>
    /// <returns>Null when there are too many.</returns>
    public SocketConnection? Connect(uint guestPort, object? tag = null)
    {
        SocketConnection connection;
        lock (_gate)
        {
            if (_connections.Count >= MaxConnections)
            {
                return null;
            }

            connection = new SocketConnection(_gate, _nextPort++, guestPort) { Wishes = SocketWish.Request, Tag = tag };
            _connections.Add(connection);
        }

        Flush();
        return connection;
    }

    /// <summary>Sends what connections have to send, as far as the guest has room.</summary>
    public void Flush() => _port?.Serve(ReceiveQueue);

    /// <inheritdoc/>
    public void Activate(ulong features, IVirtioPort port) => _port = port;

    /// <inheritdoc/>
    public ServeResult Serve(int queueIndex, VirtQueue queue)
    {
        ArgumentNullException.ThrowIfNull(queue);
        lock (_gate)
        {
            return queueIndex switch
            {
                ReceiveQueue => Send(queue),
                TransmitQueue => Receive(queue),
                _ => ServeResult.Nothing,
            };
        }
    }

    /// <inheritdoc/>
    public void ReadConfiguration(int offset, Span<byte> destination)
    {
        Span<byte> configuration = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(configuration, _guestCid);
        Configuration.Read(configuration, offset, destination);
    }

    /// <inheritdoc/>
    public void WriteConfiguration(int offset, ReadOnlySpan<byte> source)
    {
        // Nothing in it is for the driver to write.
    }

    /// <inheritdoc/>
    public void Reset()
    {
        lock (_gate)
        {
            _port = null;
            _refusals.Clear();
            foreach (SocketConnection connection in _connections.ToArray())
            {
                End(connection);
            }
        }
    }

    private ServeResult Receive(VirtQueue queue)
    {
        ServeResult result = ServeResult.Nothing;
        for (int i = 0; i < queue.Size; i++)
        {
            QueueResult next = queue.TryPop(_segments, out DescriptorChain chain);
            if (next != QueueResult.Ready)
            {
                return next == QueueResult.Broken ? ServeResult.NeedsReset : result;
            }

            Take(queue.Memory, _segments.AsSpan(0, chain.SegmentCount));
            if (!queue.TryComplete(chain, 0))
            {
                return ServeResult.NeedsReset;
            }

            result = ServeResult.Completed;
        }

        return result;
    }

    private void Take(IGuestMemory memory, ReadOnlySpan<BufferSegment> segments)
    {
        ChainReader reader = new(memory, segments);
        Span<byte> bytes = stackalloc byte[SocketHeader.Bytes];
        if (!reader.TryRead(bytes))
        {
            return;
        }

        var header = SocketHeader.Read(bytes);
        if (header.SourceCid != _guestCid || header.TargetCid != HostCid)
        {
            return;
        }

        SocketConnection? connection = Find(header.TargetPort, header.SourcePort);
        if (header.Type != SocketHeader.TypeStream)
        {
            Refuse(header);
        }
        else if (connection is null)
        {
            Open(header);
        }
        else
        {
            Take(connection, header, ref reader);
        }
    }

    private void Open(SocketHeader header)
    {
        if (header.Operation == SocketOperation.Reset)
        {
            return;
        }

        SocketConnection connection = new(_gate, header.TargetPort, header.SourcePort)
        {
            IsOpen = true,
            Wishes = SocketWish.Response,
            PeerBufferBytes = header.BufferBytes,
            PeerForwarded = header.ForwardedCount,
        };
        if (header.Operation != SocketOperation.Request || _connections.Count >= MaxConnections || !_host.Accept(connection))
        {
            Refuse(header);
            return;
        }

        _connections.Add(connection);
        _host.Changed(connection);
    }

    private void Take(SocketConnection connection, SocketHeader header, ref ChainReader reader)
    {
        connection.PeerBufferBytes = header.BufferBytes;
        connection.PeerForwarded = header.ForwardedCount;
        switch (header.Operation)
        {
            case SocketOperation.Response when !connection.IsOpen:
                connection.IsOpen = true;
                break;
            case SocketOperation.Data when connection.IsOpen:
                TakeData(connection, header.Length, ref reader);
                break;
            case SocketOperation.Shutdown:
                connection.GuestEnded |= (header.Flags & SocketHeader.ShutdownSend) != 0;
                if ((header.Flags & SocketHeader.ShutdownReceive) != 0)
                {
                    connection.HostEnded = true;
                    connection.ToGuest.Drop(connection.ToGuest.Count);
                }

                if (connection is { GuestEnded: true, HostEnded: true })
                {
                    // Both directions are over: the guest waits for this answer to forget the connection.
                    connection.Wishes = SocketWish.Reset;
                }

                break;
            case SocketOperation.CreditUpdate:
                break;
            case SocketOperation.CreditRequest:
                connection.Wishes |= SocketWish.Credit;
                break;
            case SocketOperation.Reset:
                End(connection);
                return;
            default:
                connection.Wishes = SocketWish.Reset;
                break;
        }

        _host.Changed(connection);
    }

    private void TakeData(SocketConnection connection, uint length, ref ChainReader reader)
    {
        if (connection.GuestEnded && connection.HostEnded)
        {
            return;
        }

        if (length > (uint)connection.FromGuest.Free || !reader.TryRead(_packet.AsSpan(0, (int)length)))
        {
            // It was told how much fits.
            connection.Wishes = SocketWish.Reset;
            return;
        }

        connection.FromGuest.Append(_packet.AsSpan(0, (int)length));
    }

    private SocketConnection? Find(uint hostPort, uint guestPort)
    {
        foreach (SocketConnection connection in _connections)
        {
            if (connection.HostPort == hostPort && connection.GuestPort == guestPort)
            {
                return connection;
            }
        }

        return null;
    }

    // Bounded: a guest that asks faster than it takes answers gets fewer.
    private void Refuse(SocketHeader header)
    {
        if (header.Operation != SocketOperation.Reset && _refusals.Count < MaxRefusals)
        {
            _refusals.Enqueue(header);
            _host.Refused();
        }
    }

    private void End(SocketConnection connection)
    {
        connection.IsClosed = true;
        connection.Wishes = SocketWish.None;
        _connections.Remove(connection);
        _host.Changed(connection);
    }
}
