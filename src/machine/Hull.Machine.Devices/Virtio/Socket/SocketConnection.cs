namespace Hull.Machine.Devices.Virtio;

/// <summary>One stream between a guest's and a host's port, as the host holds it.</summary>
/// <remarks>Thread-safe. What was written goes to the guest with <see cref="SocketDevice.Flush"/>.</remarks>
public sealed class SocketConnection
{
    /// <summary>Most bytes that wait on the host for one side of one connection.</summary>
    public const int BufferBytes = 64 * 1024;

    private readonly Lock _gate;

    internal SocketConnection(Lock gate, uint hostPort, uint guestPort)
    {
        _gate = gate;
        HostPort = hostPort;
        GuestPort = guestPort;
    }

    /// <summary>The host's port.</summary>
    public uint HostPort { get; }

    /// <summary>The guest's port.</summary>
    public uint GuestPort { get; }

    /// <summary>Whether both sides agreed on it.</summary>
    public bool IsOpen { get; internal set; }

    /// <summary>Whether it is over: refused, reset, or closed by both.</summary>
    public bool IsClosed { get; internal set; }

    /// <summary>The host's own note, such as the descriptor it is joined with.</summary>
    public object? Tag { get; set; }

    internal ByteRing ToGuest { get; } = new(BufferBytes);

    internal ByteRing FromGuest { get; } = new(BufferBytes);

    /// <summary>Control packets that wait for room in the guest's queue, one bit for each.</summary>
    internal SocketWish Wishes { get; set; }

    /// <summary>Bytes the guest said that it can hold.</summary>
    internal uint PeerBufferBytes { get; set; }

    /// <summary>Bytes the guest said that it passed on.</summary>
    internal uint PeerForwarded { get; set; }

    /// <summary>Bytes sent to the guest.</summary>
    internal uint Sent { get; set; }

    /// <summary>Bytes the host took.</summary>
    internal uint Forwarded { get; set; }

    /// <summary>What of that the guest was told.</summary>
    internal uint ForwardedTold { get; set; }

    internal bool GuestEnded { get; set; }

    internal bool HostEnded { get; set; }

    internal uint Credit => PeerBufferBytes - Math.Min(PeerBufferBytes, Sent - PeerForwarded);

    /// <summary>Bytes that can be written now.</summary>
    public int Room
    {
        get
        {
            lock (_gate)
            {
                return IsClosed || HostEnded ? 0 : ToGuest.Free;
            }
        }
    }

    /// <summary>Whether the guest sends nothing more and everything was read.</summary>
    public bool IsReadEnded
    {
        get
        {
            lock (_gate)
            {
                return (GuestEnded || IsClosed) && FromGuest.Count == 0;
            }
        }
    }

    /// <summary>Takes bytes for the guest.</summary>
    /// <returns>How many; fewer when the guest does not keep up.</returns>
    public int Write(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            return IsClosed || HostEnded ? 0 : ToGuest.Append(bytes);
        }
    }

    /// <summary>Reads what the guest sent.</summary>
    /// <returns>How many bytes; 0 when there are none.</returns>
    public int Read(Span<byte> bytes)
    {
        lock (_gate)
        {
            int done = 0;
            while (done < bytes.Length && FromGuest.Count > 0)
            {
                ReadOnlySpan<byte> head = FromGuest.Head;
                head = head[..Math.Min(head.Length, bytes.Length - done)];
                head.CopyTo(bytes[done..]);
                done += head.Length;
                FromGuest.Drop(head.Length);
            }

            Forwarded += (uint)done;
            if (Forwarded - ForwardedTold >= BufferBytes / 2 && IsOpen && !IsClosed)
            {
                Wishes |= SocketWish.Credit;
            }

            return done;
        }
    }

    /// <summary>Says that nothing more is written; what waits still goes.</summary>
    public void EndWrite()
    {
        lock (_gate)
        {
            HostEnded = true;
            Wishes |= SocketWish.EndWrite;
        }
    }

    /// <summary>Ends it in both directions; what waits for the guest still goes.</summary>
    public void Close()
    {
        lock (_gate)
        {
            HostEnded = true;
            GuestEnded = true;
            FromGuest.Drop(FromGuest.Count);
            Wishes |= SocketWish.Close;
        }
    }
}
