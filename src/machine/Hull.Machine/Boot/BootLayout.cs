namespace Hull.Machine.Boot;

/// <summary>Where the loader puts its own things, all below the first MiB.</summary>
internal static class BootLayout
{
    internal const ulong Gdt = 0x500;
    internal const ulong PvhStart = 0x6000;
    internal const ulong PvhModules = 0x6040;
    internal const ulong PvhMemoryMap = 0x6100;
    internal const ulong BootParameters = 0x7000;
    internal const ulong PageTables = 0x9000;
    internal const ulong CommandLine = 0x2_0000;

    /// <summary>Bytes for the command line with its end; the page tables lie below and nothing above.</summary>
    internal const int CommandLineLimit = 0x1_0000;

    /// <summary>First address for kernels.</summary>
    internal const ulong KernelStart = 0x10_0000;

    internal const ushort CodeSelector = 0x10;
    internal const ushort DataSelector = 0x18;
    internal const ushort TaskSelector = 0x20;
}
