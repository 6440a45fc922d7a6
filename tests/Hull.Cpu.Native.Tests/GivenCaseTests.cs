using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Hull.Cpu.Native.Tests;

/// <summary>What random instructions found and was mended, one by one.</summary>
public sealed class GivenCaseTests
{
    private const ulong AlignmentCheck = 0x40202;
    private const uint UnmaskedUnderflow = 0x1780;
    private const ushort UnmaskedInexact = 0x35F;
    private const ulong One = 0x8000000000000000;

    /// <summary>Name and case.</summary>
    public static TheoryData<string, GivenCase> Cases => new()
    {
        { "FXSAVE around 4 GiB in 32-bit code", new GivenCase([0x0F, 0xAE, 0x00]) { Is32Bit = true, Rax = 0xFFFFFFA0 } },
        { "FXRSTOR around 4 GiB in 32-bit code", new GivenCase([0x0F, 0xAE, 0x08]) { Is32Bit = true, Rax = 0xFFFFFFA0 } },
        { "FXSAVE around 4 GiB with 32-bit addresses in 64-bit code", new GivenCase([0x67, 0x0F, 0xAE, 0x00]) { Rax = 0xFFFFFFF0 } },
        { "FNSAVE around 4 GiB with 32-bit addresses in 64-bit code", new GivenCase([0x67, 0xDD, 0x30]) { Rax = 0xFFFFFFF0 } },
        { "FLDENV around 4 GiB with 32-bit addresses in 64-bit code", new GivenCase([0x67, 0xD9, 0x20]) { Rax = 0xFFFFFFF0 } },
        { "FSTP of 80 bits around 4 GiB with 32-bit addresses", new GivenCase([0x67, 0xDB, 0x38]) { Rax = 0xFFFFFFFC } },
        { "FSTP of 80 bits into a read-only page, alignment checked", Crossing(0xDB, 0x38) },
        { "FBSTP into a read-only page, alignment checked", Crossing(0xDF, 0x30) },
        { "VCVTPS2PH of a denormal, underflow unmasked", ToHalf(1) },
        { "VCVTPS2PH of a denormal that fits, underflow unmasked", ToHalf(0x00400000) },
        { "VCVTPS2PH of a small number that fits, underflow unmasked", ToHalf(0x38000000) },
        {
            "VPGATHERDD across the end of memory, alignment checked",
            new GivenCase([0xC4, 0xE2, 0x61, 0x90, 0x0C, 0x10])
            {
                Rax = GivenCase.ReadOnly + 0xFFE,
                Flags = AlignmentCheck,
                Xmm = [0, 0, 0x1111111111111111, 0x2222222222222222, 0, 0, ulong.MaxValue, ulong.MaxValue],
            }
        },
        // mov dword [rax+8], 0x23: the offset before it is a number of 64 bits.
        { "JMP far to compatibility code", new GivenCase([0xC7, 0x40, 0x08, 0x23, 0, 0, 0, 0x48, 0xFF, 0x28]) { Rax = GivenCase.Data } },
        { "MOVNTI in 16-bit code", Short([0x0F, 0xC3, 0x06, 0x10, 0x10]) },
        { "CALL far out of 16-bit code into 64-bit code", Short([0x9A, 0x05, 0x00, 0x33, 0x00]) },
        { "CALL near beyond the limit", Short([0xE8, 0x00, 0x80]) },
        { "PSIGNB of an unaligned operand beyond the stack's limit", Short([0x66, 0x0F, 0x38, 0x08, 0x86, 0x05, 0x80]) with { Ss = 0x27 } },
        { "FXSAVE across a segment's end", Short([0x0F, 0xAE, 0x06, 0x00, 0x1F]) with { Ds = 0x5F } },
        // mov eax, components; xor edx, edx
        { "XSAVE into a segment that is only read", Short([0x66, 0xB8, 7, 0, 0, 0, 0x31, 0xD2, 0x0F, 0xAE, 0x26, 0x40, 0x10]) with { Ds = 0x3F } },
        { "XSAVE into a read-only page behind others", new GivenCase([0xB8, 4, 0, 0, 0, 0x31, 0xD2, 0x0F, 0xAE, 0x24, 0x25, 0, 0x1F, 0x01, 0x20]) },
        { "XRSTOR of a compacted area whose MXCSR is none", Compacted(7, 2) with { Rsp = GivenCase.Data + 0x400 } },
        { "XRSTOR of a compacted area without AVX at the end of memory", Compacted(3, 0) with { Rsp = GivenCase.Data + 0x1DC0 } },
        // mov dword [rax+8], 0x23; call far [rax]: the stack that counts is the compatibility code's.
        {
            "CALL far out of 64-bit code beyond the stack's limit",
            new GivenCase([0xC7, 0x40, 0x08, 0x23, 0, 0, 0, 0x48, 0xFF, 0x18]) { Rax = GivenCase.Data, Ss = 0x27 }
        },
        { "VFMADD213SD, no modes", Fused(0xA9, 0x1F80) },
        { "VFNMSUB231SD, towards zero, inexact unmasked", Fused(0xBF, 0x6F80) },
        {
            "FPATAN, inexact unmasked",
            new GivenCase([0xD9, 0xF3]) { Control = UnmaskedInexact, Significands = [One, One | 12345], Exponents = [0x3FFF, 0x3FFE] }
        },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void GivenCase_OnHostAndInterpreter_LeavesTheSameState(string name, GivenCase given)
    {
        SkipUnlessComparable();
        using NativeRig rig = new(1, NativeFamilies.All);

        string? difference = rig.Compare(given);

        Assert.True(difference == null, $"{name}: {difference}");
        Assert.Empty(rig.Lost);
    }

    // What the host does here is seen by its hanging only: Linux takes #AC with AC clear for a split lock and runs the instruction again.
    [Theory]
    [InlineData(2, 0x33, 17)]
    [InlineData(4, 0x33, 17)]
    [InlineData(2, 0, 13)]
    [InlineData(0, 0x33, 3)]
    public void ReturnThatSetsAlignmentCheck_FromAnyFrame_ChecksTheFramesRest(int offset, byte selector, int vector)
    {
        ulong frame = GivenCase.Data + 0x800 + (ulong)offset;
        GivenCase given = new([0x48, 0xCF]) { Rsp = frame };
        NativeCase subject = given.ToCase(0x20000000);
        byte[] memory = new byte[0x2000];
        ulong[] words = [0x20000002, selector, AlignmentCheck, GivenCase.Data + 0x1000, 0x2B];
        MemoryMarshal.AsBytes<ulong>(words).CopyTo(memory.AsSpan((int)(frame - GivenCase.Data)));
        byte[] output = new byte[subject.Record.Length];
        using InterpreterWorld world = new();
        world.LoadBatch(subject.Code, []);

        bool ended = world.Run(subject.Record, memory, output);

        Assert.True(ended);
        Assert.Equal((ulong)vector, BinaryPrimitives.ReadUInt64LittleEndian(output.AsSpan(CaseLayout.Trap)));
        Assert.Equal(vector == 3, (BinaryPrimitives.ReadUInt64LittleEndian(output.AsSpan(CaseLayout.Flags)) & 0x40000) != 0);
    }

    [Fact]
    public void Rig_WhoseChildHangs_SaysSoAndGoesOn()
    {
        SkipUnlessComparable();
        using NativeRig rig = new(1, NativeFamilies.All) { StuckMs = 500 };

        // mov byte [rsp+18], 4 sets AC in the frame, then IRETQ from an odd stack: a kernel that detects split locks never ends it.
        GivenCase hanging = new([0xC6, 0x44, 0x24, 18, 4, 0xC6, 0x44, 0x24, 8, 0x33, 0xC6, 0x44, 0x24, 9, 0, 0x48, 0xCF]) { Rsp = GivenCase.Data + 0x802 };
        rig.Compare(hanging);
        string? difference = rig.Compare(new GivenCase([0xFF, 0xC0]) { Rax = 41 });

        Assert.Null(difference);
        Assert.True(rig.Lost.Count <= 1);
    }

    private static GivenCase Short(byte[] code) => new(code) { Cs = 0x0F, Ss = 0x1F, Ds = 0x1F, Rsp = 0x1000 };

    private static GivenCase Crossing(byte opcode, byte modRm) => new([opcode, modRm])
    {
        Rax = GivenCase.ReadOnly - 8,
        Flags = AlignmentCheck,
        Significands = [One | 99],
        Exponents = [0x4010],
    };

    // vpxor xmm0, xmm0, xmm0; header and addresses cleared; components 0 and 1 present; what has a place; MXCSR's upper half; xor edx, edx; xrstor [rsp]
    private static GivenCase Compacted(byte components, byte mxcsr) => new(
        [
            0xC5, 0xF9, 0xEF, 0xC0, 0xC5, 0xFE, 0x7F, 0x84, 0x24, 0, 2, 0, 0, 0xC5, 0xFE, 0x7F, 0x84, 0x24, 0x20, 2, 0, 0,
            0xC5, 0xFA, 0x7F, 0x44, 0x24, 8, 0xC7, 0x84, 0x24, 0, 2, 0, 0, 3, 0, 0, 0, 0xC7, 0x84, 0x24, 8, 2, 0, 0, components, 0, 0, 0,
            0xC7, 0x84, 0x24, 12, 2, 0, 0, 0, 0, 0, 0x80, 0xC7, 0x44, 0x24, 24, 0x80, 0x1F, mxcsr, 0, 0x31, 0xD2, 0x0F, 0xAE, 0x2C, 0x24,
        ])
    { Rax = 7 };

    private static GivenCase Fused(byte opcode, uint mxcsr) => new([0xC4, 0xE2, 0xE9, opcode, 0xCB])
    {
        Mxcsr = mxcsr,
        Xmm = [0, 0, 0x3FF0000000000001, 1, 0x3FF0000000000003, 2, 0xBFF0000000000005, 3],
    };

    private static GivenCase ToHalf(uint bits) => new([0xC4, 0xE3, 0x79, 0x1D, 0xC1, 0x04]) { Mxcsr = UnmaskedUnderflow, Xmm = [bits] };

    internal static void SkipUnlessComparable()
    {
        string? reason = HostProcessor.WhyNot();
        Assert.SkipWhen(reason != null, reason ?? "");
    }
}
