using Hull.Machine.Memory;

namespace Hull.Machine.Board;

/// <summary>The addresses that all boards share: data, no behaviour.</summary>
/// <remarks>No devices on PCI, no firmware; virtio devices in slots of their own. docs/machine/microvm.md shows the map.</remarks>
public static class MicrovmLayout
{
    /// <summary>Most processors the board takes.</summary>
    public const int MaxProcessors = 8;

    /// <summary>Most NUMA nodes.</summary>
    public const int MaxNodes = 8;

    /// <summary>How many virtio devices fit.</summary>
    public const int VirtioSlots = 15;

    /// <summary>Least RAM a machine may have.</summary>
    public const ulong MinMemory = 16ul << 20;

    /// <summary>Most RAM a machine may have.</summary>
    public const ulong MaxMemory = 1ul << 40;

    /// <summary>End of the RAM below the hole for devices.</summary>
    public const ulong LowMemoryEnd = 0xC000_0000;

    /// <summary>Start of the RAM above the hole.</summary>
    public const ulong HighMemoryStart = 0x1_0000_0000;

    /// <summary>The I/O APIC.</summary>
    public const uint IoApicAddress = 0xFEC0_0000;

    /// <summary>The local APICs.</summary>
    public const uint LocalApicAddress = 0xFEE0_0000;

    /// <summary>The first virtio slot.</summary>
    public const uint VirtioAddress = 0xFEB0_0000;

    /// <summary>Bytes of a virtio slot.</summary>
    public const uint VirtioSlotSize = 0x1000;

    /// <summary>The serial port's first port.</summary>
    public const ushort SerialPort = 0x3F8;

    /// <summary>The serial port's interrupt.</summary>
    public const int SerialInterrupt = 4;

    /// <summary>The real-time clock's interrupt.</summary>
    public const int RealTimeClockInterrupt = 8;

    /// <summary>The power button's interrupt, an edge.</summary>
    public const int PowerButtonInterrupt = 21;

    /// <summary>ACPI's system control interrupt, a level, on a board with fixed power hardware.</summary>
    public const int SystemControlInterrupt = 9;

    /// <summary>ACPI's fixed power hardware.</summary>
    public const ushort FixedPowerPort = 0x608;

    /// <summary>Reset and sleep registers.</summary>
    public const ushort PowerPort = 0x600;

    /// <summary>Where firmware tables lie, in the area that old systems search.</summary>
    public const ulong TablesStart = 0xE_0000;

    /// <summary>Where a jump to the BIOS ends up: FFFF:0000.</summary>
    public const ulong ResetVector = 0xF_FFF0;

    /// <summary>End of the firmware tables.</summary>
    public const ulong TablesEnd = 0x10_0000;

    /// <summary>End of the RAM below the legacy area that a guest may use.</summary>
    public const ulong BaseMemoryEnd = 0x9_FC00;

    /// <summary>The RAM of a machine of a size, spread evenly over its NUMA nodes in order.</summary>
    public static IReadOnlyList<MemoryRange> RangesOf(ulong memoryBytes, int nodes = 1)
    {
        const ulong Granule = 2 << 20;
        ulong share = memoryBytes / (ulong)nodes / Granule * Granule;
        List<MemoryRange> ranges = [];
        ulong done = 0;
        for (int node = 0; node < nodes; node++)
        {
            ulong rest = node == nodes - 1 ? memoryBytes - done : share;
            ulong low = done < LowMemoryEnd ? Math.Min(rest, LowMemoryEnd - done) : 0;
            if (low > 0)
            {
                ranges.Add(new MemoryRange(new GuestAddress(done), low, node));
            }

            if (rest > low)
            {
                ulong high = done + low - LowMemoryEnd;
                ranges.Add(new MemoryRange(new GuestAddress(HighMemoryStart + high), rest - low, node));
            }

            done += rest;
        }

        return ranges;
    }
}
