using Hull.Machine.State;

namespace Hull.Machine.Devices.Virtio;

/// <summary>A packed virtqueue. Source: virtio 1.3 §2.8.</summary>
internal sealed class PackedQueue : VirtQueue
{
    private const ushort FlagAvailable = 1 << 7;
    private const ushort FlagUsed = 1 << 15;
    private const ushort EventsDisabled = 1;
    private const ushort EventsAtDescriptor = 2;
    private const ushort WrapBit = 1 << 15;

    private int _nextAvailable;
    private bool _availableWrap = true;
    private int _nextUsed;
    private bool _usedWrap = true;
    private int _usedSinceSignal;

    internal PackedQueue(QueueLayout layout, IGuestMemory memory, ulong features)
        : base(layout, memory, features)
    {
    }

    /// <inheritdoc/>
    public override QueueResult TryPop(Span<BufferSegment> segments, out DescriptorChain chain)
    {
        chain = default;
        int index = _nextAvailable;
        bool wrap = _availableWrap;
        if (!Memory.TryReadInteger(At(Entry(index), 14), out ushort first))
        {
            return QueueResult.Broken;
        }

        if (!IsAvailable(first, wrap))
        {
            return QueueResult.Empty;
        }

        // Partner: the driver writes the flags last.
        Thread.MemoryBarrier();
        int count = 0;
        int limit = Math.Min(segments.Length, Layout.Size);
        for (int slots = 1; slots <= Layout.Size; slots++)
        {
            if (!TryReadDescriptor(Entry(index), out RawDescriptor descriptor))
            {
                return QueueResult.Broken;
            }

            ushort flags = descriptor.Fourth;
            bool taken = (flags & FlagIndirect) != 0
                ? slots == 1 && (flags & FlagNext) == 0 && TryTakeTable(descriptor, segments[..limit], ref count)
                : TryTake(descriptor, segments[..limit], ref count);
            if (!taken)
            {
                return QueueResult.Broken;
            }

            Advance(ref index, ref wrap, 1);
            if ((flags & FlagNext) == 0)
            {
                _nextAvailable = index;
                _availableWrap = wrap;
                chain = new DescriptorChain(count, descriptor.Third, (ushort)slots);
                return QueueResult.Ready;
            }
        }

        return QueueResult.Broken;
    }

    /// <inheritdoc/>
    public override bool TryComplete(DescriptorChain chain, uint written)
    {
        GuestAddress entry = Entry(_nextUsed);
        if (!Memory.TryWriteInteger(At(entry, 8), written) || !Memory.TryWriteInteger(At(entry, 12), chain.Id))
        {
            return false;
        }

        // Partner: the driver reads the flags first.
        Thread.MemoryBarrier();
        ushort flags = _usedWrap ? (ushort)(FlagAvailable | FlagUsed) : (ushort)0;
        flags |= written > 0 ? FlagWrite : (ushort)0;
        if (!Memory.TryWriteInteger(At(entry, 14), flags))
        {
            return false;
        }

        Advance(ref _nextUsed, ref _usedWrap, chain.RingSlots);
        _usedSinceSignal += chain.RingSlots;
        return true;
    }

    /// <inheritdoc/>
    public override bool TakeInterruptWish()
    {
        int used = Math.Min(_usedSinceSignal, Layout.Size);
        _usedSinceSignal = 0;
        if (used == 0)
        {
            return false;
        }

        // Partner: the driver writes its wish, then looks at the ring again.
        Thread.MemoryBarrier();
        if (!Memory.TryReadInteger(At(Layout.Driver, 2), out ushort flags)
            || !Memory.TryReadInteger(Layout.Driver, out ushort place))
        {
            return true;
        }

        if (!HasEventIndex || (flags & 3) != EventsAtDescriptor)
        {
            return (flags & 3) != EventsDisabled;
        }

        int wanted = place & ~WrapBit;
        bool wantedWrap = (place & WrapBit) != 0;
        if (wantedWrap != _usedWrap)
        {
            wanted -= Layout.Size;
        }

        return HasPassed((ushort)wanted, (ushort)_nextUsed, (ushort)(_nextUsed - used));
    }

    internal override (int Next, bool Wrap) Position => (_nextAvailable, _availableWrap);

    internal override void Rewind((int Next, bool Wrap) position) => (_nextAvailable, _availableWrap) = position;

    internal override void Save(StateWriter writer)
    {
        writer.U32((uint)_nextAvailable);
        writer.Flag(_availableWrap);
        writer.U32((uint)_nextUsed);
        writer.Flag(_usedWrap);
        writer.U32((uint)Math.Min(_usedSinceSignal, Layout.Size));
    }

    internal override void Load(StateReader reader)
    {
        _nextAvailable = reader.Count(Layout.Size - 1);
        _availableWrap = reader.Flag();
        _nextUsed = reader.Count(Layout.Size - 1);
        _usedWrap = reader.Flag();
        _usedSinceSignal = reader.Count(Layout.Size);
    }

    private static bool IsAvailable(ushort flags, bool wrap) =>
        (flags & FlagAvailable) != 0 == wrap && (flags & FlagUsed) != 0 != wrap;

    private static bool TryTake(RawDescriptor descriptor, Span<BufferSegment> segments, ref int count)
    {
        if (count == segments.Length)
        {
            return false;
        }

        segments[count++] = new BufferSegment(
            new GuestAddress(descriptor.Address), descriptor.Length, (descriptor.Fourth & FlagWrite) != 0);
        return true;
    }

    private bool TryTakeTable(RawDescriptor descriptor, Span<BufferSegment> segments, ref int count)
    {
        uint entries = descriptor.Length / DescriptorBytes;
        if (!HasIndirect || entries == 0 || entries > segments.Length || descriptor.Length % DescriptorBytes != 0)
        {
            return false;
        }

        for (uint i = 0; i < entries; i++)
        {
            GuestAddress at = At(new GuestAddress(descriptor.Address), i * DescriptorBytes);
            if (!TryReadDescriptor(at, out RawDescriptor inner) || !TryTake(inner, segments, ref count))
            {
                return false;
            }
        }

        return true;
    }

    private void Advance(ref int index, ref bool wrap, int slots)
    {
        index += slots;
        if (index >= Layout.Size)
        {
            index -= Layout.Size;
            wrap = !wrap;
        }
    }

    private GuestAddress Entry(int index) => At(Layout.Descriptors, (ulong)index * DescriptorBytes);
}
