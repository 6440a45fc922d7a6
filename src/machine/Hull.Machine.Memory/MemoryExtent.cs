namespace Hull.Machine.Memory;

/// <summary>A part of guest RAM that was saved; what lies between the parts is zeros.</summary>
/// <param name="Offset">Where it begins, counted over all RAM; page aligned.</param>
/// <param name="Length">Its bytes; whole pages.</param>
/// <param name="Checksum">CRC-32C of its bytes.</param>
public readonly record struct MemoryExtent(long Offset, long Length, uint Checksum);
