using Hull.Machine.Board;
using Hull.Machine.Memory;

namespace Hull.Machine.Boot;

/// <summary>What the guest is told about its memory (E820).</summary>
/// <remarks>Source: ACPI 6.5 §15.</remarks>
internal static class MemoryMap
{
    internal const uint Usable = 1;
    internal const uint Reserved = 2;

    /// <summary>The map of a microvm, ascending.</summary>
    internal static IReadOnlyList<MemoryMapEntry> Of(IReadOnlyList<MemoryRange> ranges)
    {
        List<MemoryMapEntry> entries =
        [
            new(0, MicrovmLayout.BaseMemoryEnd, Usable),
            new(MicrovmLayout.BaseMemoryEnd, 0xA_0000 - MicrovmLayout.BaseMemoryEnd, Reserved),
            new(MicrovmLayout.TablesStart, MicrovmLayout.TablesEnd - MicrovmLayout.TablesStart, Reserved),
        ];
        foreach (MemoryRange range in ranges)
        {
            ulong start = Math.Max(range.Start.Value, MicrovmLayout.TablesEnd);
            entries.Add(new MemoryMapEntry(start, range.End.Value - start, Usable));
        }

        return entries;
    }
}

/// <summary>One range of the memory map.</summary>
internal readonly record struct MemoryMapEntry(ulong Start, ulong Size, uint Type);
