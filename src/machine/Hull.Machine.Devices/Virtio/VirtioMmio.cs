using System.Buffers.Binary;
using Hull.Machine.Devices.Bus;
using Hull.Machine.Devices.Interrupts;

namespace Hull.Machine.Devices.Virtio;

/// <summary>The virtio transport over memory-mapped registers, version 2.</summary>
/// <remarks>Source: virtio 1.3 §4.2. Thread-safe: one lock keeps driver and host side of one device apart.</remarks>
public sealed partial class VirtioMmio : IMmioDevice, IVirtioPort
{
    /// <summary>Where a driver writes the number of a queue that has something new, 4 bytes. Source: virtio 1.3 §4.2.2.</summary>
    public const uint QueueNotify = 0x50;

    private const uint Magic = 0x7472_6976;
    private const uint Version = 2;
    private const uint Vendor = 0x4C4C_5548;
    private const int ConfigurationStart = 0x100;

    private const uint StatusDriverOk = 4;
    private const uint StatusFeaturesOk = 8;
    private const uint StatusNeedsReset = 64;
    private const uint InterruptUsed = 1;
    private const uint InterruptConfiguration = 2;

    private readonly Lock _gate = new();
    private readonly IVirtioDevice _device;
    private readonly IGuestMemory _memory;
    private readonly InterruptLine _line;
    private readonly ulong _withheld;
    private readonly QueueSetup[] _setups;
    private readonly VirtQueue?[] _queues;
    private uint _status;
    private uint _interrupts;
    private uint _deviceFeaturesWord;
    private uint _driverFeaturesWord;
    private ulong _driverFeatures;
    private uint _selected;
    private uint _generation;
    private bool _configurationWaits;

    /// <summary>Puts a device behind registers.</summary>
    /// <param name="device">The device.</param>
    /// <param name="memory">The guest's memory.</param>
    /// <param name="line">Its interrupt.</param>
    /// <param name="withheld">Features that are not offered, although device and transport have them.</param>
    public VirtioMmio(IVirtioDevice device, IGuestMemory memory, InterruptLine line, ulong withheld = 0)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(memory);
        ArgumentNullException.ThrowIfNull(line);
        _device = device;
        _memory = memory;
        _line = line;
        _withheld = withheld;
        _setups = new QueueSetup[device.QueueSizes.Count];
        _queues = new VirtQueue?[_setups.Length];
    }

    /// <summary>How many queues the device has.</summary>
    public int QueueCount => _setups.Length;

    private bool IsRunning => (_status & (StatusDriverOk | StatusNeedsReset)) == StatusDriverOk;

    private ulong OfferedFeatures => (_device.OfferedFeatures | VirtioFeatures.Transport) & ~_withheld;

    /// <inheritdoc/>
    public void Serve(int queueIndex)
    {
        lock (_gate)
        {
            ServeLocked(queueIndex);
        }
    }

    /// <inheritdoc/>
    public void ConfigurationChanged()
    {
        lock (_gate)
        {
            _generation++;
            _configurationWaits |= IsRunning && _isPaused;
            if (IsRunning && !_isPaused)
            {
                Interrupt(InterruptConfiguration);
            }
        }
    }

    /// <inheritdoc/>
    public ulong ReadMmio(ulong offset, int size)
    {
        lock (_gate)
        {
            if (offset >= ConfigurationStart)
            {
                Span<byte> bytes = stackalloc byte[sizeof(ulong)];
                bytes.Clear();
                _device.ReadConfiguration((int)offset - ConfigurationStart, bytes[..size]);
                return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            }

            // Registers are read as whole words; a driver that does not is answered with 0. Source: §4.2.2.2.
            return size == sizeof(uint) ? ReadRegister((uint)offset) : 0;
        }
    }

    /// <inheritdoc/>
    public void WriteMmio(ulong offset, int size, ulong value)
    {
        lock (_gate)
        {
            if (offset >= ConfigurationStart)
            {
                Span<byte> bytes = stackalloc byte[sizeof(ulong)];
                BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
                _device.WriteConfiguration((int)offset - ConfigurationStart, bytes[..size]);
            }
            else if (size == sizeof(uint))
            {
                WriteRegister((uint)offset, (uint)value);
            }
        }
    }

    private void ServeLocked(int queueIndex)
    {
        if (!IsRunning || _isPaused || (uint)queueIndex >= (uint)_queues.Length || _queues[queueIndex] is not { } queue)
        {
            return;
        }

        ServeResult result = _device.Serve(queueIndex, queue);
        if (result == ServeResult.NeedsReset)
        {
            _status |= StatusNeedsReset;
            Interrupt(InterruptConfiguration);
        }
        else if (result == ServeResult.Completed && queue.TakeInterruptWish())
        {
            Interrupt(InterruptUsed);
        }
    }

    private void Interrupt(uint why)
    {
        _interrupts |= why;
        _line.Set(true);
    }

    private void Reset()
    {
        _status = 0;
        _interrupts = 0;
        _driverFeatures = 0;
        _deviceFeaturesWord = 0;
        _driverFeaturesWord = 0;
        _selected = 0;
        _setups.AsSpan().Clear();
        _queues.AsSpan().Clear();
        _device.Reset();
        _line.Set(false);
    }

    private void WriteStatus(uint value)
    {
        if (value == 0)
        {
            Reset();
            return;
        }

        uint rising = value & ~_status;
        if ((rising & StatusFeaturesOk) != 0 && !AreFeaturesAcceptable())
        {
            value &= ~StatusFeaturesOk;
        }

        _status = (value & 0xFF) | (_status & StatusNeedsReset);
        if ((rising & StatusDriverOk) != 0 && (_status & StatusFeaturesOk) != 0)
        {
            _device.Activate(_driverFeatures, this);
        }
        else if ((_status & StatusFeaturesOk) == 0)
        {
            _status &= ~StatusDriverOk;
        }
    }

    private bool AreFeaturesAcceptable() =>
        (_driverFeatures & ~OfferedFeatures) == 0 && (_driverFeatures & VirtioFeatures.Version1) != 0;

    private void SetReady(bool ready)
    {
        if (_selected >= _setups.Length)
        {
            return;
        }

        _queues[_selected] = ready && IsSound((int)_selected)
            ? VirtQueue.Create(_setups[_selected].Layout, _memory, _driverFeatures)
            : null;
    }

    private bool IsSound(int index)
    {
        ushort size = _setups[index].Size;
        bool isPacked = (_driverFeatures & VirtioFeatures.PackedRing) != 0;
        return size != 0 && size <= _device.QueueSizes[index] && (isPacked || (size & (size - 1)) == 0)
            && (_status & StatusFeaturesOk) != 0;
    }

    private struct QueueSetup
    {
        internal ushort Size;
        internal ulong Descriptors;
        internal ulong Driver;
        internal ulong Device;

        internal readonly QueueLayout Layout =>
            new(Size, new GuestAddress(Descriptors), new GuestAddress(Driver), new GuestAddress(Device));
    }
}
