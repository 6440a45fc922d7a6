using System.Buffers.Binary;
using Hull.Machine.Board;

namespace Hull.Machine.Boot;

/// <summary>What a kernel that starts by way of PVH is told.</summary>
/// <remarks>Source: Xen's xen/include/public/arch-x86/hvm/start_info.h, version 1.</remarks>
internal static class PvhStartInformation
{
    private const uint Magic = 0x336E_C578;
    private const int StartBytes = 56;
    private const int ModuleBytes = 32;
    private const int MapEntryBytes = 24;

    internal static void Write(GuestImage image, ulong initramfs, ulong initramfsSize)
    {
        IReadOnlyList<MemoryMapEntry> map = MemoryMap.Of(image.Ranges);
        Span<byte> start = stackalloc byte[StartBytes];
        start.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(start, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(start[4..], 1);
        BinaryPrimitives.WriteUInt32LittleEndian(start[12..], initramfsSize == 0 ? 0u : 1u);
        BinaryPrimitives.WriteUInt64LittleEndian(start[16..], initramfsSize == 0 ? 0 : BootLayout.PvhModules);
        BinaryPrimitives.WriteUInt64LittleEndian(start[24..], BootLayout.CommandLine);
        BinaryPrimitives.WriteUInt64LittleEndian(start[32..], MicrovmLayout.TablesStart);
        BinaryPrimitives.WriteUInt64LittleEndian(start[40..], BootLayout.PvhMemoryMap);
        BinaryPrimitives.WriteUInt32LittleEndian(start[48..], (uint)map.Count);
        image.Write(BootLayout.PvhStart, start, "start information");

        Span<byte> module = stackalloc byte[ModuleBytes];
        module.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(module, initramfs);
        BinaryPrimitives.WriteUInt64LittleEndian(module[8..], initramfsSize);
        image.Write(BootLayout.PvhModules, module, "start information");

        Span<byte> entry = stackalloc byte[MapEntryBytes];
        for (int i = 0; i < map.Count; i++)
        {
            entry.Clear();
            BinaryPrimitives.WriteUInt64LittleEndian(entry, map[i].Start);
            BinaryPrimitives.WriteUInt64LittleEndian(entry[8..], map[i].Size);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[16..], map[i].Type);
            image.Write(BootLayout.PvhMemoryMap + (ulong)(i * MapEntryBytes), entry, "memory map");
        }
    }
}
