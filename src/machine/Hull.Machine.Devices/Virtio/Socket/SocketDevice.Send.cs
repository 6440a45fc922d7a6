namespace Hull.Machine.Devices.Virtio;

/// <content>Packets for the guest.</content>
public sealed partial class SocketDevice
{
    private ServeResult Send(VirtQueue queue)
    {
        ServeResult result = ServeResult.Nothing;
        for (int i = 0; i < queue.Size && HasSomething(); i++)
        {
            QueueResult next = queue.TryPop(_segments, out DescriptorChain chain);
            if (next != QueueResult.Ready)
            {
                return next == QueueResult.Broken ? ServeResult.NeedsReset : result;
            }

            ChainWriter writer = new(queue.Memory, _segments.AsSpan(0, chain.SegmentCount));
            Fill(ref writer);
            if (!queue.TryComplete(chain, writer.Written))
            {
                return ServeResult.NeedsReset;
            }

            result = ServeResult.Completed;
        }

        return result;
    }

    private bool HasSomething() => _refusals.Count > 0 || _connections.Exists(IsReady);

    private static bool IsReady(SocketConnection connection)
    {
        const SocketWish AtOnce = SocketWish.Request | SocketWish.Response | SocketWish.Reset;
        if ((connection.Wishes & AtOnce) != 0)
        {
            return true;
        }

        return connection.IsOpen && (connection.ToGuest.Count > 0
            ? connection.Credit > 0 || (connection.Wishes & SocketWish.Credit) != 0
            : connection.Wishes != SocketWish.None);
    }

    private void Fill(ref ChainWriter writer)
    {
        if (_refusals.TryDequeue(out SocketHeader refused))
        {
            Write(ref writer, new SocketHeader
            {
                SourcePort = refused.TargetPort,
                TargetPort = refused.SourcePort,
                Operation = SocketOperation.Reset,
            });
            return;
        }

        // Round robin, so that one busy connection does not starve the others.
        int start = _turn++;
        for (int i = 0; i < _connections.Count; i++)
        {
            SocketConnection connection = _connections[(int)((uint)(start + i) % (uint)_connections.Count)];
            if (IsReady(connection))
            {
                Fill(ref writer, connection);
                return;
            }
        }
    }

    private void Fill(ref ChainWriter writer, SocketConnection connection)
    {
        SocketWish wishes = connection.Wishes;
        if ((wishes & SocketWish.Reset) != 0)
        {
            Write(ref writer, connection, SocketOperation.Reset);
            End(connection);
        }
        else if ((wishes & SocketWish.Request) != 0)
        {
            connection.Wishes &= ~SocketWish.Request;
            Write(ref writer, connection, SocketOperation.Request);
        }
        else if ((wishes & SocketWish.Response) != 0)
        {
            connection.Wishes &= ~SocketWish.Response;
            Write(ref writer, connection, SocketOperation.Response);
        }
        else if (connection.ToGuest.Count > 0 && connection.Credit > 0)
        {
            WriteData(ref writer, connection);
        }
        else if ((wishes & SocketWish.Credit) != 0)
        {
            connection.Wishes &= ~SocketWish.Credit;
            Write(ref writer, connection, SocketOperation.CreditUpdate);
        }
        else
        {
            connection.Wishes &= ~(SocketWish.EndWrite | SocketWish.Close);
            bool closes = (wishes & SocketWish.Close) != 0 || connection.GuestEnded;
            uint flags = SocketHeader.ShutdownSend | (closes ? SocketHeader.ShutdownReceive : 0);
            Write(ref writer, connection, SocketOperation.Shutdown, flags);
        }
    }

    private void WriteData(ref ChainWriter writer, SocketConnection connection)
    {
        long room = writer.Remaining - SocketHeader.Bytes;
        if (room <= 0)
        {
            // A buffer that holds no packet is given back empty; the guest's driver offers none such.
            return;
        }

        int length = (int)Math.Min(Math.Min(connection.ToGuest.Count, connection.Credit), room);
        SocketHeader header = HeaderOf(connection, SocketOperation.Data) with { Length = (uint)length };
        Write(ref writer, header);
        for (int done = 0; done < length;)
        {
            ReadOnlySpan<byte> head = connection.ToGuest.Head;
            head = head[..Math.Min(head.Length, length - done)];
            _ = writer.TryWrite(head);
            done += head.Length;
            connection.ToGuest.Drop(head.Length);
        }

        connection.Sent += (uint)length;
        connection.ForwardedTold = connection.Forwarded;
        connection.Wishes &= ~SocketWish.Credit;
        _host.Changed(connection);
    }

    private void Write(ref ChainWriter writer, SocketConnection connection, SocketOperation operation, uint flags = 0)
    {
        connection.ForwardedTold = connection.Forwarded;
        Write(ref writer, HeaderOf(connection, operation) with { Flags = flags });
    }

    private static SocketHeader HeaderOf(SocketConnection connection, SocketOperation operation) => new()
    {
        SourcePort = connection.HostPort,
        TargetPort = connection.GuestPort,
        Operation = operation,
        BufferBytes = SocketConnection.BufferBytes,
        ForwardedCount = connection.Forwarded,
    };

    private void Write(ref ChainWriter writer, SocketHeader header)
    {
        Span<byte> bytes = stackalloc byte[SocketHeader.Bytes];
        SocketHeader whole = header with { SourceCid = HostCid, TargetCid = _guestCid, Type = SocketHeader.TypeStream };
        whole.Write(bytes);
        _ = writer.TryWrite(bytes);
    }
}
