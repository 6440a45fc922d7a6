namespace Hull.Machine.Devices.Bus;

/// <summary>Finds the device of an I/O port in one step; ports nobody owns read as ones.</summary>
/// <remarks>Devices are added before the first vCPU runs; afterwards every thread may use the bus.</remarks>
public sealed class PortBus
{
    private const int Ports = 0x1_0000;
    private const int MaxDevices = byte.MaxValue;

    private readonly byte[] _owners = new byte[Ports];
    private readonly List<Range> _ranges = [new(null, 0)];

    /// <summary>Accesses to ports nobody owns, for the operator.</summary>
    public long Strays { get; private set; }

    /// <summary>Gives a device its ports.</summary>
    /// <exception cref="ArgumentException">A port has an owner already, or the range does not fit.</exception>
    public void Add(int firstPort, int count, IPortDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentOutOfRangeException.ThrowIfNegative(firstPort);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(firstPort + count, Ports);
        Span<byte> owners = _owners.AsSpan(firstPort, count);
        if (owners.ContainsAnyExcept((byte)0) || _ranges.Count > MaxDevices)
        {
            throw new ArgumentException("A port has two owners.", nameof(firstPort));
        }

        owners.Fill((byte)_ranges.Count);
        _ranges.Add(new Range(device, firstPort));
    }

    /// <summary>Answers IN.</summary>
    public uint Read(ushort port, int size)
    {
        Range range = _ranges[_owners[port]];
        if (range.Device is { } device)
        {
            return device.ReadPort(port - range.First, size);
        }

        Strays++;
        return uint.MaxValue;
    }

    /// <summary>Takes OUT.</summary>
    public void Write(ushort port, int size, uint value)
    {
        Range range = _ranges[_owners[port]];
        if (range.Device is { } device)
        {
            device.WritePort(port - range.First, size, value);
            return;
        }

        Strays++;
    }

    private readonly record struct Range(IPortDevice? Device, int First);
}
