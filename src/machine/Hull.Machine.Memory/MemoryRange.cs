namespace Hull.Machine.Memory;

/// <summary>A range of guest-physical addresses that is RAM.</summary>
/// <param name="Start">Its first address; page aligned.</param>
/// <param name="Size">Its size in bytes; a multiple of the page size, not 0.</param>
/// <param name="Node">The NUMA node it belongs to.</param>
public readonly record struct MemoryRange(GuestAddress Start, ulong Size, int Node = 0)
{
    /// <summary>The first address after it.</summary>
    public GuestAddress End => Start + Size;

    /// <summary>Whether the whole span lies inside.</summary>
    public bool Contains(GuestAddress address, ulong length) =>
        address >= Start && length <= Size && address.Value - Start.Value <= Size - length;
}
