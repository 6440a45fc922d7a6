using System.Buffers.Binary;
using Hull.Machine.Board;

namespace Hull.Machine.Boot;

/// <summary>The page a Linux kernel is started with.</summary>
/// <remarks>Source: the kernel's Documentation/arch/x86/zero-page.rst and boot.rst.</remarks>
internal static class BootParameters
{
    private const int PageBytes = 4096;
    private const int RsdpOffset = 0x070;
    private const int ExtendedInitramfsAddress = 0x0C0;
    private const int ExtendedInitramfsSize = 0x0C4;
    private const int MapCount = 0x1E8;
    private const int LoaderType = 0x210;
    private const int LoadFlags = 0x211;
    private const int InitramfsAddress = 0x218;
    private const int InitramfsSize = 0x21C;
    private const int CommandLineAddress = 0x228;
    private const int MapOffset = 0x2D0;
    private const int MapEntryBytes = 20;
    private const byte UndefinedLoader = 0xFF;
    private const byte LoadedHigh = 0x01;

    internal static void Write(
        GuestImage image, ReadOnlySpan<byte> kernel, ulong initramfs, ulong initramfsSize)
    {
        Span<byte> page = stackalloc byte[PageBytes];
        page.Clear();

        // The header's length is the second byte of its jump: newer kernels have longer ones.
        int headerEnd = Math.Clamp(0x202 + kernel[0x201], BzImage.HeaderOffset, BzImage.HeaderEnd);
        kernel[BzImage.HeaderOffset..headerEnd].CopyTo(page[BzImage.HeaderOffset..]);
        BinaryPrimitives.WriteUInt64LittleEndian(page[RsdpOffset..], MicrovmLayout.TablesStart);
        BinaryPrimitives.WriteUInt32LittleEndian(page[ExtendedInitramfsAddress..], (uint)(initramfs >> 32));
        BinaryPrimitives.WriteUInt32LittleEndian(page[ExtendedInitramfsSize..], (uint)(initramfsSize >> 32));
        page[LoaderType] = UndefinedLoader;
        page[LoadFlags] |= LoadedHigh;
        BinaryPrimitives.WriteUInt32LittleEndian(page[InitramfsAddress..], (uint)initramfs);
        BinaryPrimitives.WriteUInt32LittleEndian(page[InitramfsSize..], (uint)initramfsSize);
        BinaryPrimitives.WriteUInt32LittleEndian(page[CommandLineAddress..], (uint)BootLayout.CommandLine);

        IReadOnlyList<MemoryMapEntry> map = MemoryMap.Of(image.Ranges);
        page[MapCount] = (byte)map.Count;
        for (int i = 0; i < map.Count; i++)
        {
            Span<byte> entry = page.Slice(MapOffset + (i * MapEntryBytes), MapEntryBytes);
            BinaryPrimitives.WriteUInt64LittleEndian(entry, map[i].Start);
            BinaryPrimitives.WriteUInt64LittleEndian(entry[8..], map[i].Size);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[16..], map[i].Type);
        }

        image.Write(BootLayout.BootParameters, page, "page of boot parameters");
    }
}
