using Hull.Machine.State;

namespace Hull.Machine.Devices.Virtio;

/// <summary>A split virtqueue. Source: virtio 1.3 §2.7.</summary>
internal sealed class SplitQueue : VirtQueue
{
    private const ushort NoInterrupt = 1;
    private const int RingStart = 4;
    private const int UsedEntryBytes = 8;

    private ushort _nextAvailable;
    private ushort _knownAvailable;
    private ushort _nextUsed;
    private ushort _signalledUsed;

    internal SplitQueue(QueueLayout layout, IGuestMemory memory, ulong features)
        : base(layout, memory, features)
    {
    }

    private GuestAddress AvailableEvent => At(Layout.Device, RingStart + ((ulong)Layout.Size * UsedEntryBytes));

    private GuestAddress UsedEvent => At(Layout.Driver, RingStart + ((ulong)Layout.Size * sizeof(ushort)));

    /// <inheritdoc/>
    public override QueueResult TryPop(Span<BufferSegment> segments, out DescriptorChain chain)
    {
        chain = default;
        if (_nextAvailable == _knownAvailable)
        {
            QueueResult looked = Look();
            if (looked != QueueResult.Ready)
            {
                return looked;
            }
        }

        // Partner: the driver's write barrier between filling the ring and moving its index.
        Thread.MemoryBarrier();
        ulong slot = (ulong)(_nextAvailable % Layout.Size) * sizeof(ushort);
        if (!Memory.TryReadInteger(At(Layout.Driver, RingStart + slot), out ushort head)
            || !TryWalk(head, segments, out int count))
        {
            return QueueResult.Broken;
        }

        _nextAvailable++;
        chain = new DescriptorChain(count, head, 1);
        return QueueResult.Ready;
    }

    /// <inheritdoc/>
    public override bool TryComplete(DescriptorChain chain, uint written)
    {
        GuestAddress entry = At(Layout.Device, RingStart + ((ulong)(_nextUsed % Layout.Size) * UsedEntryBytes));
        if (!Memory.TryWriteInteger(entry, (uint)chain.Id) || !Memory.TryWriteInteger(At(entry, 4), written))
        {
            return false;
        }

        // Partner: the driver reads the index before the entry.
        Thread.MemoryBarrier();
        _nextUsed++;
        return Memory.TryWriteInteger(At(Layout.Device, 2), _nextUsed);
    }

    /// <inheritdoc/>
    public override bool TakeInterruptWish()
    {
        ushort before = _signalledUsed;
        _signalledUsed = _nextUsed;
        if (before == _nextUsed)
        {
            return false;
        }

        // Partner: the driver writes its wish, then looks at the used index again.
        Thread.MemoryBarrier();
        if (HasEventIndex)
        {
            return !Memory.TryReadInteger(UsedEvent, out ushort wanted) || HasPassed(wanted, _nextUsed, before);
        }

        return !Memory.TryReadInteger(Layout.Driver, out ushort flags) || (flags & NoInterrupt) == 0;
    }

    internal override (int Next, bool Wrap) Position => (_nextAvailable, false);

    internal override void Rewind((int Next, bool Wrap) position) => _nextAvailable = (ushort)position.Next;

    internal override void Save(StateWriter writer)
    {
        writer.U16(_nextAvailable);
        writer.U16(_knownAvailable);
        writer.U16(_nextUsed);
        writer.U16(_signalledUsed);
    }

    internal override void Load(StateReader reader)
    {
        (_nextAvailable, _knownAvailable) = (reader.U16(), reader.U16());
        (_nextUsed, _signalledUsed) = (reader.U16(), reader.U16());
    }

    private QueueResult Look()
    {
        if (!TryReadAvailable())
        {
            return QueueResult.Broken;
        }

        if (_knownAvailable == _nextAvailable && HasEventIndex)
        {
            // Ask for a bell at the next request, then look again: it may have come in between.
            if (!Memory.TryWriteInteger(AvailableEvent, _nextAvailable))
            {
                return QueueResult.Broken;
            }

            Thread.MemoryBarrier();
            if (!TryReadAvailable())
            {
                return QueueResult.Broken;
            }
        }

        ushort waiting = (ushort)(_knownAvailable - _nextAvailable);
        return waiting == 0 ? QueueResult.Empty
            : waiting > Layout.Size ? QueueResult.Broken
            : QueueResult.Ready;
    }

    private bool TryReadAvailable() => Memory.TryReadInteger(At(Layout.Driver, 2), out _knownAvailable);

    // A malicious chain may loop: no valid chain is longer than the queue, which bounds the walk.
    private bool TryWalk(ushort head, Span<BufferSegment> segments, out int count)
    {
        count = 0;
        GuestAddress table = Layout.Descriptors;
        uint tableSize = Layout.Size;
        bool isIndirect = false;
        ushort index = head;
        int limit = Math.Min(segments.Length, Layout.Size);
        while (index < tableSize && count < limit)
        {
            if (!TryReadDescriptor(At(table, (ulong)index * DescriptorBytes), out RawDescriptor descriptor))
            {
                return false;
            }

            ushort flags = descriptor.Third;
            if ((flags & FlagIndirect) != 0)
            {
                bool isAllowed = HasIndirect && !isIndirect && (flags & FlagNext) == 0
                    && descriptor.Length % DescriptorBytes == 0 && descriptor.Length != 0;
                if (!isAllowed)
                {
                    return false;
                }

                isIndirect = true;
                table = new GuestAddress(descriptor.Address);
                tableSize = descriptor.Length / DescriptorBytes;
                index = 0;
                continue;
            }

            segments[count++] = new BufferSegment(
                new GuestAddress(descriptor.Address), descriptor.Length, (flags & FlagWrite) != 0);
            if ((flags & FlagNext) == 0)
            {
                return true;
            }

            index = descriptor.Fourth;
        }

        return false;
    }
}
