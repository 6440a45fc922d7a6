using System.Text;
using Hull.Machine.Board;
using Hull.Machine.Devices.Power;
using Hull.Machine.Memory;

namespace Hull.Machine.Boot;

/// <summary>Puts a kernel, its first file system and its command line into a machine that is about to start.</summary>
public sealed class KernelLoader
{
    private const ulong PageMask = GuestAddress.PageSize - 1;

    private readonly GuestImage _image;

    /// <summary>Loads into a machine's memory.</summary>
    public KernelLoader(GuestMemory memory)
    {
        ArgumentNullException.ThrowIfNull(memory);
        _image = new GuestImage(memory);
    }

    /// <summary>Loads everything.</summary>
    /// <param name="request">What to boot.</param>
    /// <param name="tables">The firmware tables, already in memory at <see cref="MicrovmLayout.TablesStart"/>.</param>
    /// <returns>The state the first processor starts in.</returns>
    /// <exception cref="HullException">The kernel is damaged or of an unknown format, or something does not fit.</exception>
    public ProcessorState Load(BootRequest request, ReadOnlySpan<byte> tables)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (tables.Length > (int)(MicrovmLayout.ResetVector - MicrovmLayout.TablesStart))
        {
            throw new ArgumentException("The firmware tables are too long.", nameof(tables));
        }

        _image.Write(MicrovmLayout.TablesStart, tables, "set of firmware tables");
        _image.Write(MicrovmLayout.ResetVector, ResetCode, "firmware");
        WriteCommandLine(request.CommandLine);
        ReadOnlySpan<byte> kernel = request.Kernel.Span;
        ReadOnlySpan<byte> initramfs = request.Initramfs.Span;
        if (ElfKernel.IsElf(kernel))
        {
            return LoadElf(kernel, initramfs);
        }

        // Before it is unpacked: an ELF file does not tell how long a line its kernel takes, and the rest would be cut off.
        BzImage bzImage = BzImage.Parse(kernel);
        CheckCommandLine(request.CommandLine, bzImage.CommandLineLimit);
        byte[]? unpacked = request.KeepPacked ? null : KernelPayload.TryUnpack(kernel);
        return unpacked is null ? LoadPacked(bzImage, kernel, initramfs) : LoadElf(unpacked, initramfs);
    }

    private ProcessorState LoadElf(ReadOnlySpan<byte> kernel, ReadOnlySpan<byte> initramfs)
    {
        ElfKernel elf = ElfKernel.Parse(kernel);
        elf.LoadInto(_image, kernel);
        ulong at = PlaceInitramfs(initramfs, elf.End, uint.MaxValue);
        PvhStartInformation.Write(_image, at, (ulong)initramfs.Length);
        return EntryState.Pvh(_image, elf.PvhEntry, BootLayout.PvhStart);
    }

    private ProcessorState LoadPacked(BzImage bzImage, ReadOnlySpan<byte> kernel, ReadOnlySpan<byte> initramfs)
    {
        ulong end = bzImage.LoadInto(_image, kernel);
        ulong at = PlaceInitramfs(initramfs, end, bzImage.InitramfsLimit);
        BootParameters.Write(_image, kernel, at, (ulong)initramfs.Length);
        return EntryState.LongMode(_image, bzImage.Entry, BootLayout.BootParameters);
    }

    // All the firmware there is. Linux restarts a hardware-reduced machine without EFI by jumping to the BIOS in real mode:
    // mov al, 0x42; mov dx, 0x600; out dx, al; again: hlt; jmp again.
    private static ReadOnlySpan<byte> ResetCode =>
        [0xB0, AcpiPower.ResetValue, 0xBA, MicrovmLayout.PowerPort & 0xFF, MicrovmLayout.PowerPort >> 8, 0xEE, 0xF4, 0xEB, 0xFD];

    private static void CheckCommandLine(string line, uint limit)
    {
        if (Encoding.UTF8.GetByteCount(line) > limit)
        {
            throw new HullException(
                ErrorKind.InvalidArgument, $"The kernel takes a command line of at most {limit} bytes; this one is longer.");
        }
    }

    private void WriteCommandLine(string line)
    {
        CheckCommandLine(line, BootLayout.CommandLineLimit - 1);
        if (line.Contains('\0', StringComparison.Ordinal))
        {
            throw new HullException(ErrorKind.InvalidArgument, "The kernel's command line has a zero byte in it.");
        }

        _image.Write(BootLayout.CommandLine, Encoding.UTF8.GetBytes(line + "\0"), "command line");
    }

    // As high as it may be, so that the kernel below has room to unpack itself.
    private ulong PlaceInitramfs(ReadOnlySpan<byte> initramfs, ulong kernelEnd, ulong highest)
    {
        if (initramfs.IsEmpty)
        {
            return 0;
        }

        ulong length = (ulong)initramfs.Length;
        ulong end = Math.Min(_image.LowEnd, highest == ulong.MaxValue ? highest : highest + 1);
        if (length > end || ((end - length) & ~PageMask) < kernelEnd)
        {
            throw _image.TooSmall("kernel with its first file system", kernelEnd + length);
        }

        ulong start = (end - length) & ~PageMask;
        _image.Write(start, initramfs, "first file system");
        return start;
    }
}
