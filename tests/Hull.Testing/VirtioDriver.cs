using Hull.Machine;
using Hull.Machine.Devices.Virtio;

namespace Hull.Testing;

/// <summary>The driver's side of one virtqueue, in either format; it can also break every rule.</summary>
public sealed class VirtioDriver
{
    private const ulong DescriptorsAt = 0x1000;
    private const ulong DriverAt = 0x3000;
    private const ulong DeviceAt = 0x4000;
    private const ushort Next = 1;
    private const ushort Write = 2;
    private const ushort Available = 1 << 7;
    private const ushort Used = 1 << 15;

    private readonly bool _isPacked;
    private readonly ushort _size;
    private int _nextDescriptor;
    private ushort _availableIndex;
    private bool _wrap = true;
    private int _usedAt;
    private bool _usedWrap = true;
    private ushort _usedIndex;
    private readonly Dictionary<ushort, int> _slots = [];

    public VirtioDriver(ulong features = 0, ushort size = 16)
    {
        _isPacked = (features & VirtioFeatures.PackedRing) != 0;
        _size = size;
        QueueLayout layout = new(size, new(DescriptorsAt), new(DriverAt), new(DeviceAt));
        Queue = VirtQueue.Create(layout, Memory, features);
    }

    public FlatMemory Memory { get; } = new(0x40000);

    public VirtQueue Queue { get; }

    public int Completed { get; private set; }

    public uint LastWritten { get; private set; }

    public static GuestAddress Descriptors => new(DescriptorsAt);

    public static GuestAddress AvailableRing => new(DriverAt);

    /// <summary>Offers one buffer for the device to write; with loopsTo its descriptor names a next one.</summary>
    public void OfferWritable(ulong address, uint length, ushort? loopsTo = null) =>
        Offer([(address, length, true)], loopsTo);

    public void OfferReadable(ulong address, uint length) => Offer([(address, length, false)]);

    public void Offer((ulong Address, uint Length, bool DeviceWrites)[] segments, ushort? loopsTo = null)
    {
        if (_isPacked)
        {
            OfferPacked(segments);
            return;
        }

        int head = _nextDescriptor;
        for (int i = 0; i < segments.Length; i++)
        {
            int index = (head + i) % _size;
            bool isLast = i == segments.Length - 1;
            ushort flags = (ushort)((segments[i].DeviceWrites ? Write : 0) | (!isLast || loopsTo is not null ? Next : 0));
            ushort next = isLast ? loopsTo ?? 0 : (ushort)((index + 1) % _size);
            Descriptor(index, segments[i].Address, segments[i].Length, flags, next);
        }

        _nextDescriptor = (head + segments.Length) % _size;
        Memory.TryWriteInteger(new GuestAddress(DriverAt + 4 + (2u * (uint)(_availableIndex % _size))), (ushort)head);
        SetAvailableIndex(++_availableIndex);
    }

    public void SetAvailableIndex(ushort index) => Memory.TryWriteInteger(new GuestAddress(DriverAt + 2), index);

    public void Descriptor(int index, ulong address, uint length, ushort third, ushort fourth)
    {
        GuestAddress at = new(DescriptorsAt + ((ulong)index * 16));
        Memory.TryWriteInteger(at, address);
        Memory.TryWriteInteger(at + 8, length);
        Memory.TryWriteInteger(at + 12, third);
        Memory.TryWriteInteger(at + 14, fourth);
    }

    /// <summary>Takes what the device gave back; <see cref="Completed"/> and <see cref="LastWritten"/> tell.</summary>
    public void Collect()
    {
        while (_isPacked ? CollectPacked() : CollectSplit())
        {
            Completed++;
        }
    }

    private bool CollectSplit()
    {
        Memory.TryReadInteger(new GuestAddress(DeviceAt + 2), out ushort index);
        if (index == _usedIndex)
        {
            return false;
        }

        Memory.TryReadInteger(new GuestAddress(DeviceAt + 8 + (8u * (uint)(_usedIndex % _size))), out uint written);
        LastWritten = written;
        _usedIndex++;
        return true;
    }

    private void OfferPacked((ulong Address, uint Length, bool DeviceWrites)[] segments)
    {
        ushort id = (ushort)_nextDescriptor;
        _slots[id] = segments.Length;
        for (int i = 0; i < segments.Length; i++)
        {
            bool isLast = i == segments.Length - 1;
            ushort flags = (ushort)((segments[i].DeviceWrites ? Write : 0) | (isLast ? 0 : Next) | (_wrap ? Available : Used));
            Descriptor(_nextDescriptor, segments[i].Address, segments[i].Length, id, flags);
            if (++_nextDescriptor == _size)
            {
                _nextDescriptor = 0;
                _wrap = !_wrap;
            }
        }
    }

    private bool CollectPacked()
    {
        GuestAddress at = new(DescriptorsAt + ((ulong)_usedAt * 16));
        Memory.TryReadInteger(at + 14, out ushort flags);
        bool isUsed = (flags & Used) != 0 == _usedWrap && (flags & Available) != 0 == _usedWrap;
        if (!isUsed)
        {
            return false;
        }

        Memory.TryReadInteger(at + 8, out uint written);
        Memory.TryReadInteger(at + 12, out ushort id);
        LastWritten = written;
        _usedAt += _slots[id];
        if (_usedAt >= _size)
        {
            _usedAt -= _size;
            _usedWrap = !_usedWrap;
        }

        return true;
    }
}
