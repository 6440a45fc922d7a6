using System.Buffers.Binary;
using System.Text;
using Hull.Machine;
using Hull.Machine.Memory;

namespace Hull.System.Tests;

/// <summary>Puts a small 32-bit ELF program with a Multiboot header into a machine. Source: Multiboot specification 0.6.96.</summary>
internal static class MultibootImage
{
    private const uint Magic = 0x2BADB002;
    private const ulong Information = 0x1000;
    private const ulong CommandLine = 0x1100;
    private const ulong Modules = 0x1800;
    private const ulong Environment = 0x2000;
    private const ulong Gdt = 0x3000;
    private const uint TypeLoad = 1;

    /// <summary>Loads the segments and the boot information.</summary>
    /// <param name="memory">The machine's RAM, all below 3 GiB.</param>
    /// <param name="file">The ELF file.</param>
    /// <param name="commandLine">The program's name and arguments.</param>
    /// <param name="environment">Text that is handed over as the only module.</param>
    /// <returns>The state in which the program starts.</returns>
    internal static ProcessorState Load(GuestMemory memory, ReadOnlySpan<byte> file, string commandLine, string environment)
    {
        int table = BinaryPrimitives.ReadInt32LittleEndian(file[28..]);
        int entryBytes = BinaryPrimitives.ReadUInt16LittleEndian(file[42..]);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(file[44..]);
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> header = file[(table + (i * entryBytes))..];
            if (BinaryPrimitives.ReadUInt32LittleEndian(header) == TypeLoad)
            {
                int offset = BinaryPrimitives.ReadInt32LittleEndian(header[4..]);
                uint address = BinaryPrimitives.ReadUInt32LittleEndian(header[12..]);
                int length = BinaryPrimitives.ReadInt32LittleEndian(header[16..]);
                Assert.True(memory.TryWrite(new GuestAddress(address), file.Slice(offset, length)));
            }
        }

        WriteInformation(memory, commandLine, environment);
        return Start(memory, BinaryPrimitives.ReadUInt32LittleEndian(file[24..]));
    }

    private static void WriteInformation(GuestMemory memory, string commandLine, string environment)
    {
        byte[] text = Encoding.ASCII.GetBytes(environment);
        memory.TryWrite(new GuestAddress(CommandLine), Encoding.ASCII.GetBytes(commandLine + "\0"));
        memory.TryWrite(new GuestAddress(Environment), text);
        memory.TryWriteInteger(new GuestAddress(Modules), (uint)Environment);
        memory.TryWriteInteger(new GuestAddress(Modules + 4), (uint)Environment + (uint)text.Length);
        const uint HasMemory = 1, HasCommandLine = 4, HasModules = 8;
        uint upper = (uint)((memory.Ranges[0].Size - (1 << 20)) >> 10);
        uint[] words = [HasMemory | HasCommandLine | HasModules, 640, upper, 0, (uint)CommandLine, 1, (uint)Modules];
        for (int i = 0; i < words.Length; i++)
        {
            memory.TryWriteInteger(new GuestAddress(Information + ((ulong)i * 4)), words[i]);
        }
    }

    private static ProcessorState Start(GuestMemory memory, uint entry)
    {
        SegmentState data = new() { Limit = uint.MaxValue, Selector = 0x10, Attributes = 0xC093 };
        memory.TryWriteInteger(new GuestAddress(Gdt + 8), 0x00CF_9B00_0000_FFFFul);
        memory.TryWriteInteger(new GuestAddress(Gdt + 16), 0x00CF_9300_0000_FFFFul);
        ProcessorState state = ProcessorState.Reset();
        state.Cr0 = 0x11;
        state.Cs = data with { Selector = 8, Attributes = 0xC09B };
        state.Ds = state.Es = state.Fs = state.Gs = state.Ss = data;
        state.Gdtr = new TableState { Base = Gdt, Limit = 23 };
        state.Rip = entry;
        state.General[0] = Magic;
        state.General[3] = Information;
        return state;
    }
}
