namespace Hull.Machine.Devices.Virtio;

// The register map. Source: virtio 1.3 §4.2.2, table 4.1.
public sealed partial class VirtioMmio
{
    private const uint RegisterMagic = 0x000;
    private const uint RegisterVersion = 0x004;
    private const uint RegisterDeviceId = 0x008;
    private const uint RegisterVendor = 0x00C;
    private const uint RegisterDeviceFeatures = 0x010;
    private const uint RegisterDeviceFeaturesSelect = 0x014;
    private const uint RegisterDriverFeatures = 0x020;
    private const uint RegisterDriverFeaturesSelect = 0x024;
    private const uint RegisterQueueSelect = 0x030;
    private const uint RegisterQueueSizeMax = 0x034;
    private const uint RegisterQueueSize = 0x038;
    private const uint RegisterQueueReady = 0x044;
    private const uint RegisterQueueNotify = QueueNotify;
    private const uint RegisterInterruptStatus = 0x060;
    private const uint RegisterInterruptAcknowledge = 0x064;
    private const uint RegisterStatus = 0x070;
    private const uint RegisterDescriptorsLow = 0x080;
    private const uint RegisterDescriptorsHigh = 0x084;
    private const uint RegisterDriverLow = 0x090;
    private const uint RegisterDriverHigh = 0x094;
    private const uint RegisterDeviceLow = 0x0A0;
    private const uint RegisterDeviceHigh = 0x0A4;
    private const uint RegisterSharedMemoryLengthLow = 0x0B0;
    private const uint RegisterSharedMemoryBaseHigh = 0x0BC;
    private const uint RegisterGeneration = 0x0FC;

    private uint ReadRegister(uint offset) => offset switch
    {
        RegisterMagic => Magic,
        RegisterVersion => Version,
        RegisterDeviceId => (uint)_device.Type,
        RegisterVendor => Vendor,
        RegisterDeviceFeatures when _deviceFeaturesWord < 2 => (uint)(OfferedFeatures >> (int)(32 * _deviceFeaturesWord)),
        RegisterQueueSizeMax when _selected < _setups.Length => _device.QueueSizes[(int)_selected],
        RegisterQueueReady when _selected < _setups.Length => _queues[_selected] is null ? 0u : 1u,
        RegisterInterruptStatus => _interrupts,
        RegisterStatus => _status,

        // A length of all ones says that there is no such region. Source: §4.2.2.
        >= RegisterSharedMemoryLengthLow and <= RegisterSharedMemoryBaseHigh => uint.MaxValue,
        RegisterGeneration => _generation,
        _ => 0,
    };

    private void WriteRegister(uint offset, uint value)
    {
        switch (offset)
        {
            case RegisterDeviceFeaturesSelect:
                _deviceFeaturesWord = value;
                break;
            case RegisterDriverFeaturesSelect:
                _driverFeaturesWord = value;
                break;
            case RegisterDriverFeatures when (_status & StatusFeaturesOk) == 0:
                WriteDriverFeatures(value);
                break;
            case RegisterQueueSelect:
                _selected = value;
                break;
            case RegisterQueueReady:
                SetReady(value != 0);
                break;
            case RegisterQueueNotify:
                ServeLocked((int)(value & 0xFFFF));
                break;
            case RegisterInterruptAcknowledge:
                _interrupts &= ~value;
                _line.Set(_interrupts != 0);
                break;
            case RegisterStatus:
                WriteStatus(value);
                break;
            default:
                WriteQueue(offset, value);
                break;
        }
    }

    private void WriteDriverFeatures(uint value)
    {
        switch (_driverFeaturesWord)
        {
            case 0:
                _driverFeatures = (_driverFeatures & ~0xFFFF_FFFFul) | value;
                break;
            case 1:
                _driverFeatures = (uint)_driverFeatures | ((ulong)value << 32);
                break;
            default:
                break;
        }
    }

    private void WriteQueue(uint offset, uint value)
    {
        // A live queue does not move: the driver has to take it out of use first.
        if (_selected >= _setups.Length || _queues[_selected] is not null)
        {
            return;
        }

        ref QueueSetup setup = ref _setups[_selected];
        switch (offset)
        {
            case RegisterQueueSize:
                setup.Size = value <= VirtQueue.MaxSize ? (ushort)value : (ushort)0;
                break;
            case RegisterDescriptorsLow or RegisterDescriptorsHigh:
                setup.Descriptors = Half(setup.Descriptors, offset == RegisterDescriptorsHigh, value);
                break;
            case RegisterDriverLow or RegisterDriverHigh:
                setup.Driver = Half(setup.Driver, offset == RegisterDriverHigh, value);
                break;
            case RegisterDeviceLow or RegisterDeviceHigh:
                setup.Device = Half(setup.Device, offset == RegisterDeviceHigh, value);
                break;
            default:
                break;
        }
    }

    private static ulong Half(ulong whole, bool isHigh, uint value) =>
        isHigh ? (uint)whole | ((ulong)value << 32) : (whole & ~0xFFFF_FFFFul) | value;
}
