using System.Buffers.Binary;

namespace Hull.Machine.Boot;

/// <summary>The header of a compressed x86 kernel and where its parts go.</summary>
/// <remarks>Source: the kernel's Documentation/arch/x86/boot.rst. The file is not trusted: every number is checked.</remarks>
internal sealed class BzImage
{
    internal const int HeaderOffset = 0x1F1;
    internal const int HeaderEnd = 0x290;

    private const int SectorBytes = 512;
    private const int DefaultSetupSectors = 4;
    private const uint Magic = 0x5372_6448;
    private const ushort BootFlag = 0xAA55;
    private const ushort OldestVersion = 0x020C;
    private const ushort Entry64 = 1;
    private const ulong Entry64Offset = 0x200;
    private const int BootFlagOffset = 0x1FE;
    private const int MagicOffset = 0x202;
    private const int VersionOffset = 0x206;
    private const int InitramfsLimitOffset = 0x22C;
    private const int ExtendedFlagsOffset = 0x236;
    private const int CommandLineSizeOffset = 0x238;
    private const int PreferredAddressOffset = 0x258;
    private const int InitSizeOffset = 0x260;

    private readonly int _setupBytes;
    private readonly ulong _address;
    private readonly ulong _initSize;

    private BzImage(ReadOnlySpan<byte> kernel)
    {
        int sectors = kernel[HeaderOffset] == 0 ? DefaultSetupSectors : kernel[HeaderOffset];
        _setupBytes = (sectors + 1) * SectorBytes;
        _address = BinaryPrimitives.ReadUInt64LittleEndian(kernel[PreferredAddressOffset..]);
        _initSize = BinaryPrimitives.ReadUInt32LittleEndian(kernel[InitSizeOffset..]);
        InitramfsLimit = BinaryPrimitives.ReadUInt32LittleEndian(kernel[InitramfsLimitOffset..]);
        CommandLineLimit = BinaryPrimitives.ReadUInt32LittleEndian(kernel[CommandLineSizeOffset..]);
    }

    /// <summary>The 64-bit entry point.</summary>
    internal ulong Entry => _address + Entry64Offset;

    /// <summary>The highest address a byte of the first file system may have.</summary>
    internal uint InitramfsLimit { get; }

    /// <summary>The longest command line, without its end.</summary>
    internal uint CommandLineLimit { get; }

    /// <summary>Reads and checks the header.</summary>
    /// <exception cref="HullException">It is not a kernel this loader can start.</exception>
    internal static BzImage Parse(ReadOnlySpan<byte> kernel)
    {
        if (kernel.Length < HeaderEnd
            || BinaryPrimitives.ReadUInt16LittleEndian(kernel[BootFlagOffset..]) != BootFlag
            || BinaryPrimitives.ReadUInt32LittleEndian(kernel[MagicOffset..]) != Magic)
        {
            throw Refused("is neither a bzImage nor an ELF file");
        }

        ushort version = BinaryPrimitives.ReadUInt16LittleEndian(kernel[VersionOffset..]);
        ushort flags = BinaryPrimitives.ReadUInt16LittleEndian(kernel[ExtendedFlagsOffset..]);
        if (version < OldestVersion || (flags & Entry64) == 0)
        {
            throw Refused("has no 64-bit entry point");
        }

        BzImage image = new(kernel);
        ulong length = (ulong)Math.Max(kernel.Length - image._setupBytes, 0);
        const ulong HighestAddress = 1ul << 32;
        bool isSound = length > Entry64Offset
            && image._address is >= BootLayout.KernelStart and < HighestAddress
            && image._address % GuestAddress.PageSize == 0
            && image._initSize >= length;
        return isSound ? image : throw new HullException(ErrorKind.DataLoss, "The kernel's header is damaged.");
    }

    /// <summary>Copies the protected-mode part.</summary>
    /// <returns>The first address after everything the kernel uses until it knows its memory.</returns>
    internal ulong LoadInto(GuestImage image, ReadOnlySpan<byte> kernel)
    {
        ulong end = _address + _initSize;
        if (end > image.LowEnd)
        {
            throw image.TooSmall("kernel", end);
        }

        image.Write(_address, kernel[_setupBytes..], "kernel");
        return end;
    }

    private static HullException Refused(string why) => new(ErrorKind.InvalidArgument, $"The kernel {why}.");
}
