using Hull.Machine;

namespace Hull.Cpu.Interpreter.Tests;

/// <summary>The short ways of floating point give what the exact one gives.</summary>
/// <remarks>An exception that is not masked, and never comes, is enough for the x87 and SSE to go the exact way.</remarks>
public sealed class FastFloatTests
{
    private const ulong Pairs = 0x100000, Results = 0x200000;
    private const int Count = 1500;

    private const string X87Body = """
        fld tword [rsi]
        fld tword [rsi + 16]
        fadd st0, st1
        fstp tword [rdi]
        fnstsw [rdi + 10]
        fld tword [rsi + 16]
        fsub st0, st1
        fst dword [rdi + 12]
        fnstsw [rdi + 26]
        fstp tword [rdi + 16]
        fld tword [rsi + 16]
        fsubr st0, st1
        fst qword [rdi + 32]
        fnstsw [rdi + 40]
        fstp tword [rdi + 42]
        fld tword [rsi + 16]
        fmul st1, st0
        fnstsw [rdi + 52]
        fxch
        fstp tword [rdi + 54]
        fld tword [rsi]
        fdiv st1, st0
        fnstsw [rdi + 64]
        fcom st1
        fnstsw [rdi + 66]
        fcomip st1
        pushfq
        pop qword [rdi + 68]
        fld dword [rsi + 32]
        fdivp st1, st0
        fnstsw [rdi + 76]
        fimul dword [rsi + 36]
        fadd qword [rsi + 40]
        fstp tword [rdi + 80]
        fild qword [rsi + 48]
        fnstsw [rdi + 90]
        fst st3
        fisub word [rsi + 38]
        fstp tword [rdi + 92]
        fnstsw [rdi + 102]
        ffree st2
        fnclex
        """;

    private const string SseBody = """
        movsd xmm0, [rsi + 40]
        movsd xmm1, [rsi + 56]
        movapd xmm2, xmm0
        addsd xmm2, xmm1
        movsd [rdi], xmm2
        movapd xmm2, xmm0
        subsd xmm2, [rsi + 56]
        movsd [rdi + 8], xmm2
        mulsd xmm2, xmm1
        movsd [rdi + 16], xmm2
        divsd xmm2, xmm0
        movsd [rdi + 24], xmm2
        sqrtsd xmm3, xmm2
        movlpd [rdi + 32], xmm3
        cvtsd2ss xmm4, xmm3
        movss [rdi + 40], xmm4
        addss xmm4, [rsi + 32]
        mulss xmm4, xmm4
        movss [rdi + 44], xmm4
        cvtss2sd xmm5, xmm4
        movsd [rdi + 48], xmm5
        comisd xmm5, xmm2
        pushfq
        pop qword [rdi + 56]
        ucomiss xmm4, [rsi + 32]
        pushfq
        pop qword [rdi + 64]
        cvttsd2si rax, xmm0
        mov [rdi + 72], rax
        cvttss2si eax, [rsi + 32]
        mov [rdi + 80], rax
        cvtsi2sd xmm6, dword [rsi + 36]
        mov rax, [rsi + 48]
        cvtsi2sd xmm6, rax
        cvtsi2ss xmm7, eax
        maxsd xmm6, xmm5
        minss xmm7, xmm4
        movsd [rdi + 88], xmm6
        movss [rdi + 96], xmm7
        stmxcsr [rdi + 100]
        """;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void X87_WithAllMasked_IsAsWithOneUnmasked(int seed)
    {
        // Results without exceptions but inexact are the same; unmasked invalid is never raised by these.
        byte[] fast = Run(X87Body, seed, control: 0x37F, mxcsr: 0x1F80);
        byte[] exact = Run(X87Body, seed, control: 0x37E, mxcsr: 0x1F80);

        Compare(fast, exact);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Sse_WithInexactNoted_IsAsWithOneUnmasked(int seed)
    {
        byte[] fast = Run(SseBody, seed, control: 0x37F, mxcsr: 0x1FA0);
        byte[] exact = Run(SseBody, seed, control: 0x37F, mxcsr: 0x1DA0); // divisions by zero would be faults

        for (int i = 0; i < Count; i++)
        {
            exact[(i * 112) + 101] |= 2;
        }

        Compare(fast, exact);
    }

    private static void Compare(byte[] fast, byte[] exact)
    {
        for (int i = 0; i < Count; i++)
        {
            Assert.Equal(Convert.ToHexString(exact, i * 112, 112), Convert.ToHexString(fast, i * 112, 112));
        }
    }

    private static byte[] Run(string body, int seed, ushort control, uint mxcsr)
    {
        using LongModeRig rig = new();
        byte[] numbers = new byte[Count * 64];
        Fill(numbers, new Random(seed));
        rig.Memory.TryWrite(new GuestAddress(Pairs), numbers);
        rig.State.FpuControl = control;
        rig.State.Mxcsr = mxcsr;
        rig.State.General[4] = 0x90000;
        string program = $"mov rsi, {Pairs}\nmov rdi, {Results}\nmov ecx, {Count}\nagain:\n{body}\nadd rsi, 64\nadd rdi, 112\ndec ecx\njnz again\nhlt";

        ProcessorStop stop = rig.Run(Assembler.Assemble(64, LongModeRig.Code, program));

        byte[] results = new byte[Count * 112];
        rig.Memory.TryRead(new GuestAddress(Results), results);
        Assert.Equal((ProcessorStop.Halted, 0ul), (stop, rig.State.General[1] & uint.MaxValue));
        return results;
    }

    // Two of 80 bits, a single, an integer, a double, an integer and a double: normal numbers whose exponents are near each other,
    // with few or many bits, so that sums cancel, halves are ties, and some results are exact.
    private static void Fill(Span<byte> numbers, Random random)
    {
        for (int i = 0; i < Count; i++)
        {
            Span<byte> at = numbers.Slice(i * 64, 64);
            for (int n = 0; n < 2; n++)
            {
                BitConverter.TryWriteBytes(at[(n * 16)..], Bits(random) | 1ul << 63);
                BitConverter.TryWriteBytes(at[((n * 16) + 8)..], (ushort)((random.Next(2) << 15) | (16383 + random.Next(-70, 70))));
            }

            BitConverter.TryWriteBytes(at[32..], (uint)((random.Next(2) << 31) | ((127 + random.Next(-20, 25)) << 23) | (int)(Bits(random) >> 41)));
            BitConverter.TryWriteBytes(at[36..], random.Next(int.MinValue, int.MaxValue) | 0x10001);
            BitConverter.TryWriteBytes(at[40..], ((ulong)random.Next(2) << 63) | ((ulong)(1023 + random.Next(-30, 60)) << 52) | (Bits(random) >> 12));
            BitConverter.TryWriteBytes(at[48..], random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(63));
            BitConverter.TryWriteBytes(at[56..], ((ulong)random.Next(2) << 63) | ((ulong)(1023 + random.Next(-30, 60)) << 52) | (Bits(random) >> 12));
        }
    }

    private static ulong Bits(Random random) => random.Next(3) switch
    {
        0 => (ulong)random.NextInt64() << 1,
        1 => (ulong)random.Next(16) << 59,
        _ => ulong.MaxValue >> random.Next(64) << random.Next(64),
    };
}
