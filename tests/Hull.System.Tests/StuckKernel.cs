using System.Buffers.Binary;

namespace Hull.System.Tests;

/// <summary>A kernel whose first instructions wait for ever: its machine boots as long as a test looks on.</summary>
internal static class StuckKernel
{
    private const string Version = "stuck";
    private const uint Address = 0x100_0000;
    private const int CodeOffset = 0x1000;
    private const int NoteOffset = 0x200;
    private const uint NotePhysicalEntry = 18;

    // cli; hlt; jmp to the hlt: no interrupt ever wakes it.
    private static readonly byte[] s_code = [0xFA, 0xF4, 0xEB, 0xFD];

    /// <summary>Writes it as its package would lie there, with the modules of a real one.</summary>
    /// <returns>The kernel's path.</returns>
    internal static string Write(string directory, string modules)
    {
        string tree = Path.Combine(directory, "stuck");
        string kernel = Path.Combine(tree, "boot", "vmlinuz-" + Version);
        Directory.CreateDirectory(Path.Combine(tree, "boot"));
        Directory.CreateDirectory(Path.Combine(tree, "lib/modules"));
        Directory.CreateSymbolicLink(Path.Combine(tree, "lib/modules", Version), modules);
        File.WriteAllBytes(kernel, Elf());
        return kernel;
    }

    // Source: System V ABI, ELF-64; Xen's public/elfnote.h (a note that names the 32-bit entry).
    private static byte[] Elf()
    {
        byte[] file = new byte[CodeOffset + 0x1000];
        Span<byte> at = file;
        "\u007fELF\u0002\u0001"u8.CopyTo(at);
        BinaryPrimitives.WriteUInt16LittleEndian(at[18..], 62);
        BinaryPrimitives.WriteUInt64LittleEndian(at[32..], 64);
        BinaryPrimitives.WriteUInt16LittleEndian(at[54..], 56);
        BinaryPrimitives.WriteUInt16LittleEndian(at[56..], 2);
        WriteHeader(at[64..], 1, CodeOffset, Address, 0x1000);
        WriteHeader(at[120..], 4, NoteOffset, 0, 20);
        BinaryPrimitives.WriteUInt32LittleEndian(at[NoteOffset..], 4);
        BinaryPrimitives.WriteUInt32LittleEndian(at[(NoteOffset + 4)..], 4);
        BinaryPrimitives.WriteUInt32LittleEndian(at[(NoteOffset + 8)..], NotePhysicalEntry);
        "Xen\0"u8.CopyTo(at[(NoteOffset + 12)..]);
        BinaryPrimitives.WriteUInt32LittleEndian(at[(NoteOffset + 16)..], Address);
        s_code.CopyTo(at[CodeOffset..]);
        return file;
    }

    private static void WriteHeader(Span<byte> at, uint type, ulong offset, ulong address, ulong size)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(at, type);
        BinaryPrimitives.WriteUInt64LittleEndian(at[8..], offset);
        BinaryPrimitives.WriteUInt64LittleEndian(at[24..], address);
        BinaryPrimitives.WriteUInt64LittleEndian(at[32..], size);
        BinaryPrimitives.WriteUInt64LittleEndian(at[40..], size);
    }
}
