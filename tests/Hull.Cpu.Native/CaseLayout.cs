namespace Hull.Cpu.Native;

/// <summary>Where things stand in the file that rig and child share, and inside one record of it; native.s knows the same numbers.</summary>
internal static class CaseLayout
{
    internal const int BatchSize = 64;
    internal const int SlotBytes = 256;
    internal const int OverhangBytes = 64; // how far a case may reach into its neighbour's place
    internal const int RecordBytes = 1024;
    internal const int MemoryBytes = 0x2000;

    internal const int Refused = 12; // not 0: Linux refused the segments of LocalSegments
    internal const int Initial = 0x1000;
    internal const int Code = 0x4000;
    internal const int Input = 0x8000;
    internal const int Output = 0x48000;
    internal const int MemoryOutput = 0x88000;
    internal const int FileBytes = 0x298000;

    /// <summary>Linear addresses in both worlds: code pages (read, execute), two data pages, one read-only page.</summary>
    internal const ulong CodeAddress = 0x20000000, DataAddress = 0x20010000, ReadOnlyAddress = 0x20012000;

    /// <summary>The code pages once more, to be written: a part of the shared file.</summary>
    internal const ulong CodeAlias = 0x5A1740000000 + Code;

    // One record: struct sigcontext_64 up to cr2 (arch/x86/include/uapi/asm/sigcontext.h), then what it lacks.
    internal const int Rip = 128, Flags = 136, Cs = 144, Ss = 150, Error = 152, Trap = 160, FaultAddress = 176;
    internal const int SignalNumber = 184, FsBase = 192, GsBase = 200, Ds = 208, Es = 210, Fs = 212, Gs = 214, Present = 216;
    internal const int Legacy = 224, High = 640;
    internal const int Fcw = Legacy, Fsw = Legacy + 2, Ftw = Legacy + 4, Fop = Legacy + 6, Fip = Legacy + 8, Fdp = Legacy + 16;
    internal const int Mxcsr = Legacy + 24, St = Legacy + 32, Xmm = Legacy + 160;

    /// <summary>Offsets of RAX, RCX, ... R15 in the order of their numbers.</summary>
    internal static ReadOnlySpan<byte> General => [104, 112, 96, 88, 120, 80, 72, 64, 0, 8, 16, 24, 32, 40, 48, 56];

    internal static ReadOnlySpan<string> Names =>
        (string[])["rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"];

    internal const ushort UserCode64 = 0x33, UserCode32 = 0x23, UserData = 0x2B;

    internal const ulong TrapFlag = 0x100;
}
