using System.Buffers.Binary;

namespace Hull.Machine.Boot.Xz;

/// <summary>The checksums of .xz files. Source: the .xz file format 1.2.1, §6.</summary>
internal static class XzChecksum
{
    private const ulong Polynomial32 = 0xEDB8_8320;
    private const ulong Polynomial64 = 0xC96C_5795_D787_0F42;

    private static readonly ulong[] s_table32 = MakeTable(Polynomial32);
    private static readonly ulong[] s_table64 = MakeTable(Polynomial64);

    internal static uint Crc32(ReadOnlySpan<byte> bytes) => ~(uint)Run(s_table32, uint.MaxValue, bytes);

    internal static ulong Crc64(ReadOnlySpan<byte> bytes) => ~Run(s_table64, ulong.MaxValue, bytes);

    /// <summary>Whether four bytes are the CRC32 of others.</summary>
    internal static bool IsCrc32(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> bytes) =>
        BinaryPrimitives.ReadUInt32LittleEndian(expected) == Crc32(bytes);

    private static ulong Run(ulong[] table, ulong value, ReadOnlySpan<byte> bytes)
    {
        foreach (byte next in bytes)
        {
            value = (value >> 8) ^ table[(byte)(value ^ next)];
        }

        return value;
    }

    private static ulong[] MakeTable(ulong polynomial)
    {
        ulong[] table = new ulong[256];
        for (int i = 0; i < table.Length; i++)
        {
            ulong value = (ulong)i;
            for (int bit = 0; bit < 8; bit++)
            {
                value = (value >> 1) ^ ((value & 1) * polynomial);
            }

            table[i] = value;
        }

        return table;
    }
}
