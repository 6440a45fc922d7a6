using Hull.Machine.Devices.Virtio;
using Hull.Testing;

namespace Hull.Cpu.Kvm.Tests;

/// <summary>A device with one queue that remembers which thread served it, and a guest that drives it.</summary>
internal sealed class QueueDevice : IVirtioDevice
{
    private const ushort QueueSize = 8;
    private const uint Descriptors = 0x200_0000;
    private const uint Available = 0x200_1000;
    private const uint Used = 0x200_2000;
    private const uint Buffer = 0x200_3000;

    private readonly BufferSegment[] _segments = new BufferSegment[QueueSize];

    /// <summary>The name of the thread.</summary>
    internal string? ServedBy { get; private set; }

    public VirtioDeviceType Type => VirtioDeviceType.Entropy;

    public ulong OfferedFeatures => 0;

    public IReadOnlyList<ushort> QueueSizes { get; } = [QueueSize];

    /// <summary>A guest that hands over one buffer and waits until it is used. Source: virtio 1.3 §3.1.1, §4.2.2.</summary>
    /// <param name="registers">Where the device's registers are.</param>
    internal static BareGuest Drive(uint registers)
    {
        const uint DeviceWrites = 2;
        BareGuest guest = new BareGuest()
            .Store(Descriptors, Buffer).Store(Descriptors + 4, 0).Store(Descriptors + 8, 16).Store(Descriptors + 12, DeviceWrites)
            .Store(Available, 1 << 16).Store(Available + 4, 0).Store(Used, 0);
        foreach ((uint register, uint value) in ((uint, uint)[])
        [
            (0x70, 1), (0x70, 3), (0x24, 1), (0x20, 1), (0x70, 11), (0x30, 0), (0x38, QueueSize),
            (0x80, Descriptors), (0x90, Available), (0xA0, Used), (0x44, 1), (0x70, 15), (VirtioMmio.QueueNotify, 0),
        ])
        {
            guest.Store(registers + register, value);
        }

        // again: cmp word [Used + 2], 0; je again
        return guest.Emit(0x66, 0x83, 0x3C, 0x25).Dword(Used + 2).Emit(0, 0x74, 0xF5);
    }

    public void Activate(ulong features, IVirtioPort port)
    {
        // Nothing comes without a request.
    }

    public ServeResult Serve(int queueIndex, VirtQueue queue)
    {
        ServedBy = Thread.CurrentThread.Name;
        return queue.TryPop(_segments, out DescriptorChain chain) == QueueResult.Ready && queue.TryComplete(chain, 0)
            ? ServeResult.Completed
            : ServeResult.NeedsReset;
    }

    public void ReadConfiguration(int offset, Span<byte> destination) => destination.Clear();

    public void WriteConfiguration(int offset, ReadOnlySpan<byte> source)
    {
        // There is none.
    }

    public void Reset()
    {
        // Nothing is kept.
    }
}
