namespace Hull.Cpu.Native;

/// <summary>The local descriptor table of both worlds: segments of 16 and 32 bits with bases and limits. native.s asks Linux for the same.</summary>
internal static class LocalSegments
{
    internal const ushort Code16 = 0x0F, Code32 = 0x17, Data16 = 0x1F, Data32 = 0x27, Down16 = 0x2F, Down32 = 0x37;
    internal const ushort ReadOnly = 0x3F, ExecuteOnly = 0x47, Absent = 0x57, Pages = 0x5F;
    internal const int Count = 12;

    private const int Big = 1, ContentsShift = 1, NotWritable = 8, InPages = 16, NotPresent = 32, Useable = 64;

    // Base, limit and the flags of struct user_desc (arch/x86/include/uapi/asm/ldt.h), from entry 1.
    private static readonly (ulong Base, uint Limit, int Flags)[] s_table =
    [
        (CaseLayout.CodeAddress, 0x3FFF, 0x04), (CaseLayout.CodeAddress, 0x3FFF, 0x05), (CaseLayout.DataAddress, 0xFFFF, 0x00),
        (CaseLayout.DataAddress, 0x2FFF, 0x01), (CaseLayout.DataAddress, 0x07FF, 0x02), (CaseLayout.DataAddress, 0x07FF, 0x03),
        (CaseLayout.DataAddress, 0x1FFF, 0x08), (CaseLayout.CodeAddress, 0x3FFF, 0x0C), (CaseLayout.CodeAddress, 0x3FFF, 0x27),
        (CaseLayout.DataAddress, 0x1FFF, 0x21), (CaseLayout.DataAddress, 0x0001, 0x51),
    ];

    /// <summary>The base that a selector of this table stands for; 0 for others.</summary>
    internal static ulong BaseOf(ushort selector)
    {
        int entry = (selector >> 3) - 1;
        return (selector & 4) != 0 && entry >= 0 && entry < s_table.Length ? s_table[entry].Base : 0;
    }

    /// <summary>What Linux puts into the table. Source: fill_ldt, arch/x86/include/asm/desc.h.</summary>
    internal static ulong Descriptor(int entry)
    {
        if (entry == 0)
        {
            return 0;
        }

        (ulong address, uint limit, int flags) = s_table[entry - 1];
        ulong type = 0xF1u | (((flags & NotWritable) == 0 ? 1u : 0) << 1) | ((uint)((flags >> ContentsShift) & 3) << 2);
        type &= (flags & NotPresent) != 0 ? ~0x80ul : ulong.MaxValue;
        ulong size = ((flags & Useable) != 0 ? 1u : 0) | ((flags & Big) != 0 ? 4u : 0) | ((flags & InPages) != 0 ? 8u : 0);
        return (limit & 0xFFFF) | ((address & 0xFFFFFF) << 16) | (type << 40) | ((ulong)(limit >> 16) << 48) | (size << 52) | (address >> 24 << 56);
    }
}
