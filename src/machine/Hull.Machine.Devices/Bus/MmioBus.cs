namespace Hull.Machine.Devices.Bus;

/// <summary>Finds the device of a guest-physical address; addresses nobody owns read as ones.</summary>
/// <remarks>Devices are added before the first vCPU runs; afterwards every thread may use the bus.</remarks>
public sealed class MmioBus
{
    private readonly List<Range> _ranges = [];

    /// <summary>Accesses to addresses nobody owns, for the operator.</summary>
    public long Strays { get; private set; }

    /// <summary>Gives a device its addresses.</summary>
    /// <exception cref="ArgumentException">An address has an owner already.</exception>
    public void Add(ulong first, ulong size, IMmioDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentOutOfRangeException.ThrowIfZero(size);
        ulong last = checked(first + (size - 1));
        int place = 0;
        foreach (Range range in _ranges)
        {
            if (first <= range.Last && range.First <= last)
            {
                throw new ArgumentException("An address has two owners.", nameof(first));
            }

            place += range.Last < first ? 1 : 0;
        }

        _ranges.Insert(place, new Range(first, last, device));
    }

    /// <summary>Whether a device owns the address.</summary>
    public bool Contains(ulong address) => Find(address) >= 0;

    /// <summary>Answers a load of 1, 2, 4 or 8 bytes.</summary>
    public ulong Read(ulong address, int size)
    {
        int place = Find(address);
        if (place < 0)
        {
            Strays++;
            return ulong.MaxValue;
        }

        Range range = _ranges[place];
        return range.Device.ReadMmio(address - range.First, size);
    }

    /// <summary>Takes a store of 1, 2, 4 or 8 bytes.</summary>
    public void Write(ulong address, int size, ulong value)
    {
        int place = Find(address);
        if (place < 0)
        {
            Strays++;
            return;
        }

        Range range = _ranges[place];
        range.Device.WriteMmio(address - range.First, size, value);
    }

    private int Find(ulong address)
    {
        int low = 0;
        int high = _ranges.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            Range range = _ranges[middle];
            if (address < range.First)
            {
                high = middle - 1;
            }
            else if (address > range.Last)
            {
                low = middle + 1;
            }
            else
            {
                return middle;
            }
        }

        return -1;
    }

    private readonly record struct Range(ulong First, ulong Last, IMmioDevice Device);
}
