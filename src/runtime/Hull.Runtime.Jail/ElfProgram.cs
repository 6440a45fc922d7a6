using System.Buffers.Binary;

namespace Hull.Runtime.Jail;

/// <summary>What the header of a program says. Source: elf(5).</summary>
internal static class ElfProgram
{
    private const int HeaderBytes = 64;
    private const int EntryBytes = 56;
    private const int MaxEntries = 64;
    private const uint Interpreter = 3;

    /// <summary>Whether it is a 64-bit program that runs without any other file.</summary>
    /// <exception cref="HullException">It cannot be read.</exception>
    internal static bool IsStatic(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            byte[] bytes = new byte[HeaderBytes + (MaxEntries * EntryBytes)];
            int count = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return IsStatic(bytes.AsSpan(0, count));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new HullException(ErrorKind.FailedPrecondition, $"The program '{path}' cannot be read.", error);
        }
    }

    private static bool IsStatic(ReadOnlySpan<byte> head)
    {
        if (head.Length < HeaderBytes || !head.StartsWith("\u007fELF\u0002\u0001"u8))
        {
            return false;
        }

        // e_phoff, e_phentsize, e_phnum.
        ulong table = BinaryPrimitives.ReadUInt64LittleEndian(head[0x20..]);
        ushort size = BinaryPrimitives.ReadUInt16LittleEndian(head[0x36..]);
        ushort count = BinaryPrimitives.ReadUInt16LittleEndian(head[0x38..]);
        if (size != EntryBytes || table > (ulong)head.Length || (ulong)(count * EntryBytes) > (ulong)head.Length - table)
        {
            return false;
        }

        for (int i = 0; i < count; i++)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(head[((int)table + (i * EntryBytes))..]) == Interpreter)
            {
                return false;
            }
        }

        return true;
    }
}
