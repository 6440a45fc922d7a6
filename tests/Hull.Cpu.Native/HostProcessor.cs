using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Hull.Cpu.Native;

/// <summary>Whether the host's processor can be compared with: an Intel processor with everything that is drawn.</summary>
public static class HostProcessor
{
    private const int GenuineIntelEbx = 0x756E6547;
    private const int Features = 7;

    // CPUID leaf 1, ECX: SSE3, PCLMULQDQ, SSSE3, FMA, CMPXCHG16B, SSE4.1, SSE4.2, MOVBE, POPCNT, AES, XSAVE, AVX, F16C. Source: Intel SDM vol. 2A, CPUID.
    private const int First = (1 << 0) | (1 << 1) | (1 << 9) | (1 << 12) | (1 << 13) | (1 << 19) | (1 << 20) | (1 << 22) | (1 << 23) | (1 << 25) | (1 << 27) | (1 << 28) | (1 << 29);

    // Leaf 7, EBX: FSGSBASE, BMI1, AVX2, BMI2, ADX, CLFLUSHOPT, CLWB, SHA.
    private const int Second = (1 << 0) | (1 << 3) | (1 << 5) | (1 << 8) | (1 << 19) | (1 << 23) | (1 << 24) | (1 << 29);

    // Leaf 7, ECX: VAES, VPCLMULQDQ.
    private const int Third = (1 << 9) | (1 << 10);

    // Leaf 0xD, subleaf 1, EAX: XSAVEOPT, XSAVEC.
    private const int StateLeaf = 0xD;
    private const int Fourth = 1 | 2;

    /// <summary>Says why this host cannot be compared with.</summary>
    /// <returns>Null when it can.</returns>
    public static string? WhyNot()
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64 || !X86Base.IsSupported)
        {
            return "This host is not x86-64.";
        }

        (int leaves, int vendor, _, _) = X86Base.CpuId(0, 0);
        if (vendor != GenuineIntelEbx)
        {
            return "This host's processor is not Intel's, whose answers the interpreter gives where the manuals leave them open.";
        }

        return leaves < StateLeaf || (X86Base.CpuId(1, 0).Ecx & First) != First || (X86Base.CpuId(Features, 0).Ebx & Second) != Second
            || (X86Base.CpuId(Features, 0).Ecx & Third) != Third || (X86Base.CpuId(StateLeaf, 1).Eax & Fourth) != Fourth || !Avx2.IsSupported
            ? "This host's processor lacks AVX2, BMI2, SHA or another extension that is drawn."
            : null;
    }
}
