using System.Buffers.Binary;

namespace Hull.Machine.Boot;

/// <summary>An uncompressed kernel: an ELF file with a PVH entry note.</summary>
/// <remarks>
/// Source: System V ABI, ELF-64; Xen's public/elfnote.h. The file is not trusted: every number is checked.
/// </remarks>
internal sealed class ElfKernel
{
    private const int HeaderBytes = 64;
    private const int ProgramHeaderBytes = 56;
    private const int MaxProgramHeaders = 64;
    private const uint Magic = 0x464C_457F;
    private const byte Class64 = 2;
    private const byte LittleEndian = 1;
    private const ushort MachineX64 = 62;
    private const uint TypeLoad = 1;
    private const uint TypeNote = 4;
    private const uint NotePhysicalEntry = 18;
    private const int NoteHeaderBytes = 12;

    private readonly List<Segment> _segments = [];

    private ElfKernel()
    {
    }

    /// <summary>The 32-bit entry point.</summary>
    internal ulong PvhEntry { get; private set; }

    /// <summary>The first address after the kernel's own memory.</summary>
    internal ulong End => _segments.Max(segment => segment.Address + segment.MemorySize);

    /// <summary>Whether the file says it is ELF.</summary>
    internal static bool IsElf(ReadOnlySpan<byte> file) =>
        file.Length >= sizeof(uint) && BinaryPrimitives.ReadUInt32LittleEndian(file) == Magic;

    /// <summary>Reads and checks the headers.</summary>
    /// <exception cref="HullException">It is damaged, or not a kernel with a PVH entry.</exception>
    internal static ElfKernel Parse(ReadOnlySpan<byte> file)
    {
        if (file.Length < HeaderBytes || file[4] != Class64 || file[5] != LittleEndian
            || BinaryPrimitives.ReadUInt16LittleEndian(file[18..]) != MachineX64)
        {
            throw new HullException(ErrorKind.InvalidArgument, "The kernel is an ELF file, but not for x86-64.");
        }

        ulong table = BinaryPrimitives.ReadUInt64LittleEndian(file[32..]);
        int entryBytes = BinaryPrimitives.ReadUInt16LittleEndian(file[54..]);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(file[56..]);
        if (entryBytes != ProgramHeaderBytes || count > MaxProgramHeaders
            || !Fits(file, table, (ulong)(count * ProgramHeaderBytes)))
        {
            throw Damaged();
        }

        ElfKernel kernel = new();
        for (int i = 0; i < count; i++)
        {
            kernel.Add(file, file.Slice((int)table + (i * ProgramHeaderBytes), ProgramHeaderBytes));
        }

        if (kernel._segments.Count == 0 || kernel.PvhEntry == 0)
        {
            throw new HullException(ErrorKind.InvalidArgument, "The kernel is an ELF file without a PVH entry note.");
        }

        return kernel;
    }

    /// <summary>Copies the segments; what the file does not hold stays zero.</summary>
    internal void LoadInto(GuestImage image, ReadOnlySpan<byte> file)
    {
        if (End > image.LowEnd)
        {
            throw image.TooSmall("kernel", End);
        }

        foreach (Segment segment in _segments)
        {
            image.Write(segment.Address, file.Slice(segment.FileOffset, segment.FileSize), "kernel");
        }
    }

    private static bool Fits(ReadOnlySpan<byte> file, ulong offset, ulong length) =>
        offset <= (ulong)file.Length && length <= (ulong)file.Length - offset;

    private static HullException Damaged() => new(ErrorKind.DataLoss, "The kernel's ELF headers are damaged.");

    private void Add(ReadOnlySpan<byte> file, ReadOnlySpan<byte> header)
    {
        uint type = BinaryPrimitives.ReadUInt32LittleEndian(header);
        ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(header[8..]);
        ulong address = BinaryPrimitives.ReadUInt64LittleEndian(header[24..]);
        ulong fileSize = BinaryPrimitives.ReadUInt64LittleEndian(header[32..]);
        ulong memorySize = BinaryPrimitives.ReadUInt64LittleEndian(header[40..]);
        if (type is not (TypeLoad or TypeNote))
        {
            return;
        }

        if (!Fits(file, offset, fileSize))
        {
            throw Damaged();
        }

        if (type == TypeNote)
        {
            FindEntry(file.Slice((int)offset, (int)fileSize));
            return;
        }

        const ulong Limit = 1ul << 32;
        if (address is < BootLayout.KernelStart or >= Limit || memorySize > Limit || fileSize > memorySize)
        {
            throw Damaged();
        }

        _segments.Add(new Segment(address, (int)offset, (int)fileSize, memorySize));
    }

    private void FindEntry(ReadOnlySpan<byte> notes)
    {
        while (notes.Length >= NoteHeaderBytes)
        {
            uint nameSize = BinaryPrimitives.ReadUInt32LittleEndian(notes);
            uint valueSize = BinaryPrimitives.ReadUInt32LittleEndian(notes[4..]);
            uint type = BinaryPrimitives.ReadUInt32LittleEndian(notes[8..]);
            ulong valueAt = NoteHeaderBytes + Align(nameSize);
            ulong end = valueAt + Align(valueSize);
            if (end > (ulong)notes.Length)
            {
                return;
            }

            bool isXen = nameSize == 4 && notes.Slice(NoteHeaderBytes, 4).SequenceEqual("Xen\0"u8);
            ReadOnlySpan<byte> value = notes.Slice((int)valueAt, (int)valueSize);
            if (isXen && type == NotePhysicalEntry && value.Length >= sizeof(uint))
            {
                PvhEntry = BinaryPrimitives.ReadUInt32LittleEndian(value);
            }

            notes = notes[(int)end..];
        }
    }

    private static ulong Align(uint size) => ((ulong)size + 3) & ~3ul;

    private readonly record struct Segment(ulong Address, int FileOffset, int FileSize, ulong MemorySize);
}
