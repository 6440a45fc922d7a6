using Hull.Machine;

namespace Hull.Cpu.Interpreter;

/// <summary>CPUID: exactly what is implemented. Source: Intel SDM vol. 2A, CPUID.</summary>
// SAFETY: see Cpu.cs; stack buffers here are as long as what is put into them.
internal sealed unsafe partial class Cpu
{
    /// <summary>Family 6, model 0x9A, stepping 0: what EDX holds after reset, too.</summary>
    private const uint Signature = 0x000906A0;

    // FPU, no VME, DE PSE TSC MSR PAE MCE CX8 APIC SEP PGE MCA CMOV PAT PSE36 CLFSH MMX FXSR SSE SSE2; no MTRR.
    private const uint FeaturesEdx = 0x178BFBFF & ~(1u << 1) & ~(1u << 12) & ~(1u << 28);

    // SSE3 PCLMUL SSSE3 CX16 PCID SSE4.1 SSE4.2 x2APIC MOVBE POPCNT TSC-deadline AES XSAVE RDRAND hypervisor
    private const uint FeaturesEcx = 1u | (1 << 1) | (1 << 9) | (1 << 13) | (1 << 17) | (1 << 19) | (1 << 20) | (1 << 21) | (1 << 22)
        | (1 << 23) | (1 << 24) | (1 << 25) | (1 << 26) | (1 << 30) | (1u << 31);

    private const uint AvxEcx = (1 << 12) | (1 << 28) | (1 << 29); // FMA AVX F16C

    // FSGSBASE TSC_ADJUST BMI1 FDP-on-exception SMEP BMI2 ERMS INVPCID no-FCS-FDS RDSEED ADX SMAP CLFLUSHOPT SHA
    private const uint ExtendedEbx = 1u | (1 << 1) | (1 << 3) | (1 << 6) | (1 << 13) | (1 << 7) | (1 << 8) | (1 << 9) | (1 << 10) | (1 << 18) | (1 << 19) | (1 << 20)
        | (1 << 23) | (1 << 29);

    // UMIP VAES VPCLMULQDQ RDPID: the operations on halves of 128 bits make the wide forms of AES and PCLMULQDQ by themselves.
    private const uint ExtendedEcx = (1 << 2) | (1 << 9) | (1 << 10) | (1 << 22);

    internal CpuidResult Cpuid(uint leaf, uint subleaf)
    {
        CpuidResult result = OwnCpuid(leaf, subleaf);
        if (leaf == 0x80000001 && !Code64)
        {
            result.Edx &= ~(1u << 11); // SYSCALL shows in 64-bit mode only
        }

        Io.AdjustCpuid(leaf, subleaf, ref result);
        if (leaf == 1 && (Cr4 & Cr.OSXSAVE) != 0)
        {
            result.Ecx |= 1u << 27;
        }

        return result;
    }

    /// <summary>What is implemented, before the board has a say.</summary>
    internal CpuidResult OwnCpuid(uint leaf, uint subleaf) => Describe(leaf, subleaf, Cr4, Xcr0);

    /// <summary>What is implemented; two answers depend on control registers.</summary>
    internal static CpuidResult Describe(uint leaf, uint subleaf, ulong cr4, ulong xcr0) => leaf switch
    {
        0 => new CpuidResult(0x16, 0x756E6547, 0x6C65746E, 0x49656E69), // GenuineIntel: the paths every kernel has tested most
        1 => new CpuidResult(
            Signature,
            0x00010800,
            FeaturesEcx | (HasAvx ? AvxEcx : 0) | ((cr4 & Cr.OSXSAVE) != 0 ? 1u << 27 : 0),
            FeaturesEdx),
        2 => new CpuidResult(0x00FEFF01, 0, 0, 0),
        4 => CacheLeaf(subleaf),
        6 => new CpuidResult(4, 0, 0, 0), // ARAT
        7 when subleaf == 0 => new CpuidResult(2, ExtendedEbx | (HasAvx ? 1u << 5 : 0), ExtendedEcx, (1u << 26) | (1u << 29)),
        7 when subleaf == 2 => new CpuidResult(0, 0, 0, 1 << 4), // BHI_CTRL: kernels clear the branch history by it, not by a loop at each entry
        0xD => ExtendedStateLeaf(subleaf, xcr0),
        0x80000000 => new CpuidResult(0x80000008, 0, 0, 0),
        0x80000001 => new CpuidResult(0, 0, 0x121, 0x2C100800), // LAHF LZCNT PREFETCHW; SYSCALL NX 1G RDTSCP LM
        0x80000002 => Brand(0),
        0x80000003 => Brand(16),
        0x80000004 => Brand(32),
        0x80000006 => new CpuidResult(0, 0, 0x01006040, 0),
        0x80000007 => new CpuidResult(0, 0, 0, 1 << 8), // invariant TSC
        0x80000008 => new CpuidResult(PhysicalBits | (48 << 8), 0, 0, 0),
        _ => default,
    };

    private static CpuidResult Brand(int at)
    {
        Span<byte> text = stackalloc byte[48];
        text.Clear();
        "Hull interpreted processor"u8.CopyTo(text);
        ReadOnlySpan<uint> words = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, uint>(text.Slice(at, 16));
        return new CpuidResult(words[0], words[1], words[2], words[3]);
    }

    private static CpuidResult CacheLeaf(uint subleaf) => subleaf switch
    {
        0 => new CpuidResult(0x121, 0x01C0003F, 63, 0),
        1 => new CpuidResult(0x122, 0x01C0003F, 63, 0),
        2 => new CpuidResult(0x143, 0x03C0003F, 1023, 0),
        _ => default,
    };

    private static CpuidResult ExtendedStateLeaf(uint subleaf, ulong xcr0) => subleaf switch
    {
        0 => new CpuidResult(HasAvx ? 7u : 3u, (xcr0 & 4) != 0 ? 832u : 576u, HasAvx ? 832u : 576u, 0),
        1 => new CpuidResult(1 | 2 | 4, (xcr0 & 4) != 0 ? 832u : 576u, 0, 0), // XSAVEOPT, XSAVEC and its size, XGETBV with ECX = 1
        2 when HasAvx => new CpuidResult(256, 576, 0, 0),
        _ => default,
    };

    /// <summary>AVX, AVX2 and F16C are there on every host: the operations work on halves of 128 bits.</summary>
    private static bool HasAvx => true;

    /// <summary>Which state components are not in their initial configuration (XINUSE).</summary>
    internal ulong XInUse() => 1 | 2 | (AnyHighVector() ? 4ul : 0);

    internal bool AnyHighVector()
    {
        int registers = Code64 ? 16 : 8; // outside 64-bit mode processors do not look at the others
        for (int i = 0; i < registers; i++)
        {
            if ((V[(i * 4) + 2] | V[(i * 4) + 3]) != 0)
            {
                return true;
            }
        }

        return false;
    }
}
