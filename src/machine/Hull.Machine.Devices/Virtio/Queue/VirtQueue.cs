using Hull.Machine.State;

namespace Hull.Machine.Devices.Virtio;

/// <summary>The device's side of one virtqueue.</summary>
/// <remarks>
/// The memory behind it is shared with a hostile driver: every field is read once, every walk is bounded by the
/// queue's size. For one thread at a time.
/// </remarks>
public abstract class VirtQueue
{
    /// <summary>Most descriptors a queue here has.</summary>
    public const int MaxSize = 1024;

    /// <summary>Bytes of a descriptor in either format.</summary>
    protected const int DescriptorBytes = 16;

    /// <summary>VIRTQ_DESC_F_NEXT.</summary>
    protected const ushort FlagNext = 1;

    /// <summary>VIRTQ_DESC_F_WRITE.</summary>
    protected const ushort FlagWrite = 2;

    /// <summary>VIRTQ_DESC_F_INDIRECT.</summary>
    protected const ushort FlagIndirect = 4;

    private protected VirtQueue(QueueLayout layout, IGuestMemory memory, ulong features)
    {
        Layout = layout;
        Memory = memory;
        HasEventIndex = (features & VirtioFeatures.EventIndex) != 0;
        HasIndirect = (features & VirtioFeatures.IndirectDescriptors) != 0;
    }

    /// <summary>How many descriptors it has; a chain never has more segments.</summary>
    public int Size => Layout.Size;

    /// <summary>The guest's memory, for the segments of a chain.</summary>
    public IGuestMemory Memory { get; }

    /// <summary>Where the driver put it.</summary>
    protected QueueLayout Layout { get; }

    /// <summary>Whether both sides count events.</summary>
    protected bool HasEventIndex { get; }

    /// <summary>Whether a descriptor may point to a table of descriptors.</summary>
    protected bool HasIndirect { get; }

    /// <summary>Makes the queue in the format that was agreed on.</summary>
    public static VirtQueue Create(QueueLayout layout, IGuestMemory memory, ulong features)
    {
        ArgumentNullException.ThrowIfNull(memory);
        return (features & VirtioFeatures.PackedRing) != 0
            ? new PackedQueue(layout, memory, features)
            : new SplitQueue(layout, memory, features);
    }

    /// <summary>Takes the next request.</summary>
    /// <param name="segments">Room for <see cref="Size"/> segments.</param>
    /// <param name="chain">The request, when there is one.</param>
    public abstract QueueResult TryPop(Span<BufferSegment> segments, out DescriptorChain chain);

    /// <summary>Gives a request back.</summary>
    /// <param name="chain">The request.</param>
    /// <param name="written">Bytes the device wrote into it.</param>
    /// <returns>False when the driver broke the queue.</returns>
    public abstract bool TryComplete(DescriptorChain chain, uint written);

    /// <summary>Whether the driver wants an interrupt for what was completed since it was last asked.</summary>
    public abstract bool TakeInterruptWish();

    /// <summary>Where the next request is taken from; for <see cref="Rewind"/>.</summary>
    internal abstract (int Next, bool Wrap) Position { get; }

    /// <summary>Puts requests back that were taken since and not given back: they are taken again.</summary>
    internal abstract void Rewind((int Next, bool Wrap) position);

    internal abstract void Save(StateWriter writer);

    internal abstract void Load(StateReader reader);

    /// <summary>Source: virtio 1.3 §2.7.10, vring_need_event.</summary>
    private protected static bool HasPassed(ushort wanted, ushort now, ushort before) =>
        (ushort)(now - wanted - 1) < (ushort)(now - before);

    private protected static GuestAddress At(GuestAddress start, ulong offset) => start + offset;

    private protected bool TryReadDescriptor(GuestAddress at, out RawDescriptor descriptor)
    {
        Span<byte> bytes = stackalloc byte[DescriptorBytes];
        bool read = Memory.TryRead(at, bytes);
        descriptor = new RawDescriptor(
            BitConverter.ToUInt64(bytes),
            BitConverter.ToUInt32(bytes[8..]),
            BitConverter.ToUInt16(bytes[12..]),
            BitConverter.ToUInt16(bytes[14..]));
        return read;
    }

    /// <summary>Sixteen bytes as read; the last two fields change places between the formats.</summary>
    private protected readonly record struct RawDescriptor(ulong Address, uint Length, ushort Third, ushort Fourth);
}
