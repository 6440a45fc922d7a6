using System.Buffers.Binary;
using System.IO.Compression;

namespace Hull.Machine.Boot;

/// <summary>Takes the uncompressed kernel out of a bzImage, so that no guest has to unpack it.</summary>
/// <remarks>
/// Unpacking costs a guest on a software processor seconds; here it costs a tenth of one. The kernel then starts by its PVH entry
/// at the address it was linked for: KASLR is lost, which docs/machine/boot.md says. Source: the kernel's
/// Documentation/arch/x86/boot.rst, payload_offset.
/// </remarks>
public static class KernelPayload
{
    private const int PayloadOffsetField = 0x248;
    private const int PayloadLengthField = 0x24C;
    private const int InitSizeField = 0x260;
    private const int SetupSectorsField = 0x1F1;
    private const int SectorBytes = 512;
    private const int MaxUnpacked = 512 << 20;
    private const ushort GzipMagic = 0x8B1F;

    /// <summary>Unpacks the payload.</summary>
    /// <param name="kernel">A kernel file.</param>
    /// <returns>
    /// The ELF file; null when the kernel is not a bzImage, is packed in a way this method does not know, or has no
    /// PVH entry: then the guest unpacks it itself.
    /// </returns>
    public static byte[]? TryUnpack(ReadOnlySpan<byte> kernel)
    {
        if (ElfKernel.IsElf(kernel) || !TryFind(kernel, out ReadOnlySpan<byte> payload, out int room))
        {
            return null;
        }

        byte[] output = GC.AllocateUninitializedArray<byte>(room);
        int length;
        bool unpacked = BinaryPrimitives.ReadUInt32LittleEndian(payload) == ZstdPayload.Magic
            ? ZstdPayload.TryUnpack(payload, output, out length)
            : BinaryPrimitives.ReadUInt16LittleEndian(payload) == GzipMagic
                ? TryGunzip(payload, output, out length)
                : Lz4Legacy.TryUnpack(payload, output, out length);
        if (!unpacked || !IsBootable(output.AsSpan(0, length)))
        {
            return null;
        }

        Array.Resize(ref output, length);
        return output;
    }

    private static bool TryFind(ReadOnlySpan<byte> kernel, out ReadOnlySpan<byte> payload, out int room)
    {
        payload = default;
        room = 0;
        try
        {
            _ = BzImage.Parse(kernel);
        }
        catch (HullException)
        {
            return false;
        }

        uint sectors = kernel[SetupSectorsField] == 0 ? 4u : kernel[SetupSectorsField];
        ulong start = ((sectors + 1) * SectorBytes)
            + (ulong)BinaryPrimitives.ReadUInt32LittleEndian(kernel[PayloadOffsetField..]);
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(kernel[PayloadLengthField..]);
        room = (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(kernel[InitSizeField..]), MaxUnpacked);
        if (length < 8 || start > (ulong)kernel.Length || length > (ulong)kernel.Length - start)
        {
            return false;
        }

        payload = kernel.Slice((int)start, (int)length);
        return true;
    }

    private static bool TryGunzip(ReadOnlySpan<byte> payload, byte[] output, out int length)
    {
        length = 0;
        try
        {
            using MemoryStream packed = new(payload.ToArray());
            using GZipStream stream = new(packed, CompressionMode.Decompress);
            length = stream.ReadAtLeast(output, output.Length, throwOnEndOfStream: false);
            return true;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    private static bool IsBootable(ReadOnlySpan<byte> file)
    {
        try
        {
            return ElfKernel.IsElf(file) && ElfKernel.Parse(file).PvhEntry != 0;
        }
        catch (HullException)
        {
            return false;
        }
    }
}
