namespace Hull.Machine.Boot;

/// <summary>The state of the first processor when a kernel's entry point is reached.</summary>
internal static class EntryState
{
    private const uint FlatLimit = uint.MaxValue;
    private const ushort Code64 = 0xA09B;
    private const ushort Code32 = 0xC09B;
    private const ushort Data32 = 0xC093;
    private const ushort BusyTask = 0x008B;
    private const ulong ProtectedMode = 1;
    private const ulong ExtensionType = 1 << 4;
    private const ulong Paging = 1ul << 31;
    private const ulong PhysicalAddressExtension = 1 << 5;
    private const ulong LongModeEnable = 1 << 8;
    private const ulong LongModeActive = 1 << 10;
    private const ulong Present = 1;
    private const ulong Writable = 2;
    private const ulong LargePage = 1 << 7;
    private const int EntriesPerTable = 512;
    private const ulong TableSize = 0x1000;
    private const int IdentityGibibytes = 4;

    /// <summary>Long mode with the first 4 GiB mapped to themselves; RSI points to the boot parameters.</summary>
    /// <remarks>Source: the kernel's Documentation/arch/x86/boot.rst, "64-bit Boot Protocol".</remarks>
    internal static ProcessorState LongMode(GuestImage image, ulong entry, ulong bootParameters)
    {
        WriteGdt(image, Code64);
        WritePageTables(image);
        ProcessorState state = Flat(entry, Code64);
        state.Cr0 = ProtectedMode | ExtensionType | Paging;
        state.Cr3 = BootLayout.PageTables;
        state.Cr4 = PhysicalAddressExtension;
        state.Efer = LongModeEnable | LongModeActive;
        state.General[6] = bootParameters;
        return state;
    }

    /// <summary>Flat 32-bit protected mode; EBX points to the start information.</summary>
    /// <remarks>Source: Xen's docs/misc/pvh.pandoc.</remarks>
    internal static ProcessorState Pvh(GuestImage image, ulong entry, ulong startInformation)
    {
        WriteGdt(image, Code32);
        ProcessorState state = Flat(entry, Code32);
        state.Cr0 = ProtectedMode | ExtensionType;
        state.General[3] = startInformation;
        return state;
    }

    private static ProcessorState Flat(ulong entry, ushort code)
    {
        ProcessorState state = ProcessorState.Reset();
        SegmentState data = new()
        {
            Limit = FlatLimit,
            Selector = BootLayout.DataSelector,
            Attributes = Data32,
        };
        state.Cs = new SegmentState { Limit = FlatLimit, Selector = BootLayout.CodeSelector, Attributes = code };
        state.Ds = data;
        state.Es = data;
        state.Fs = data;
        state.Gs = data;
        state.Ss = data;
        state.Tr = new SegmentState { Limit = 0x67, Selector = BootLayout.TaskSelector, Attributes = BusyTask };
        state.Gdtr = new TableState { Base = BootLayout.Gdt, Limit = 0x27 };
        state.Idtr = default;
        state.Rip = entry;
        state.General[2] = 0;
        return state;
    }

    // The descriptors say what the hidden parts above say, for kernels that load the selectors again.
    private static void WriteGdt(GuestImage image, ushort code)
    {
        ReadOnlySpan<(ulong Offset, ulong Value)> entries =
        [
            (0x10, Descriptor(code)), (0x18, Descriptor(Data32)), (0x20, 0x0000_8B00_0000_0067),
        ];
        image.WriteQword(BootLayout.Gdt, 0, "descriptor table");
        foreach ((ulong offset, ulong value) in entries)
        {
            image.WriteQword(BootLayout.Gdt + offset, value, "descriptor table");
        }
    }

    private static ulong Descriptor(ushort attributes)
    {
        const ulong LimitLow = 0xFFFF;
        const ulong LimitHigh = 0xFul << 48;
        return LimitLow | LimitHigh | ((ulong)(attributes & 0xFF) << 40) | ((ulong)(attributes & 0xF000) << 40);
    }

    private static void WritePageTables(GuestImage image)
    {
        ulong pointers = BootLayout.PageTables + TableSize;
        image.WriteQword(BootLayout.PageTables, pointers | Present | Writable, "page tables");
        for (ulong i = 0; i < IdentityGibibytes; i++)
        {
            ulong directory = pointers + ((i + 1) * TableSize);
            image.WriteQword(pointers + (i * sizeof(ulong)), directory | Present | Writable, "page tables");
            for (ulong entry = 0; entry < EntriesPerTable; entry++)
            {
                ulong page = ((i * EntriesPerTable) + entry) << 21;
                image.WriteQword(directory + (entry * sizeof(ulong)), page | Present | Writable | LargePage, "page tables");
            }
        }
    }
}
