namespace Hull.Cpu.Interpreter;

/// <summary>Bits of RFLAGS. Source: Intel SDM vol. 1, 3.4.3.</summary>
internal static class Rf
{
    public const ulong CF = 1, Fixed = 2, PF = 4, AF = 0x10, ZF = 0x40, SF = 0x80, TF = 0x100, IF = 0x200, DF = 0x400, OF = 0x800;
    public const ulong IOPL = 0x3000, NT = 0x4000, RF = 0x10000, VM = 0x20000, AC = 0x40000, VIF = 0x80000, VIP = 0x100000, ID = 0x200000;
    public const ulong Status = CF | PF | AF | ZF | SF | OF;
}

/// <summary>Bits of CR0, CR4, EFER. Source: Intel SDM vol. 3A, 2.5 and 2.2.1.</summary>
internal static class Cr
{
    public const ulong PE = 1, MP = 2, EM = 4, TS = 8, ET = 16, NE = 32, WP = 1 << 16, AM = 1 << 18, NW = 1 << 29, CD = 1 << 30, PG = 1ul << 31;
    public const ulong VME = 1, PVI = 2, TSD = 4, DE = 8, PSE = 0x10, PAE = 0x20, MCE = 0x40, PGE = 0x80, PCE = 0x100;
    public const ulong OSFXSR = 0x200, OSXMMEXCPT = 0x400, UMIP = 0x800, FSGSBASE = 0x10000, PCIDE = 0x20000, OSXSAVE = 0x40000;
    public const ulong SMEP = 0x100000, SMAP = 0x200000;
    public const ulong SCE = 1, LME = 0x100, LMA = 0x400, NXE = 0x800;
}

/// <summary>Exception vectors. Source: Intel SDM vol. 3A, 6.3.1.</summary>
internal static class Vec
{
    public const int DE = 0, DB = 1, NMI = 2, BP = 3, OF = 4, BR = 5, UD = 6, NM = 7, DF = 8, TS = 10, NP = 11, SS = 12, GP = 13, PF = 14, MF = 16, AC = 17, MC = 18, XM = 19;
}

/// <summary>Segment register numbers as encoded.</summary>
internal static class Sr
{
    public const int ES = 0, CS = 1, SS = 2, DS = 3, FS = 4, GS = 5;
}

/// <summary>Byte offsets into the register file.</summary>
internal static class Rg
{
    public const int AX = 0, CX = 8, DX = 16, BX = 24, SP = 32, BP = 40, SI = 48, DI = 56, R11 = 88, Zero = 128, Block = 136;
}
