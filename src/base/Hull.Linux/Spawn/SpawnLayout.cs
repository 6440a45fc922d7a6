namespace Hull.Linux;

/// <summary>Where things lie in the address space of a spawn image.</summary>
/// <remarks>
/// The image is a static, position-fixed ELF program with four segments: code (read and execute), constants and steps
/// (read), variables (read and write). Every address fits in 32 bits, so that a plan can name them before the sizes of
/// the segments are known.
/// </remarks>
public static class SpawnLayout
{
    /// <summary>The ELF header and, behind it, the code.</summary>
    public const uint Code = 0x400000;

    /// <summary>Strings and structures that never change.</summary>
    public const uint Constants = 0x500000;

    /// <summary>The steps, in the order they run.</summary>
    public const uint Steps = 0x600000;

    /// <summary>The control block and, behind it, cells and buffers.</summary>
    public const uint Variables = 0x700000;

    /// <summary>Offset in the variables of the record that a failing step sends: kind, step address, errno.</summary>
    public const int ReportOffset = 0;

    /// <summary>Offset in the variables of the descriptor to which a failing step reports.</summary>
    public const int ReportDescriptorOffset = 0x18;

    /// <summary>How many bytes at the start of the variables belong to the code.</summary>
    public const int ControlBytes = 0x80;

    /// <summary>The most bytes a segment may have.</summary>
    public const int SegmentBytes = 0x100000;
}
