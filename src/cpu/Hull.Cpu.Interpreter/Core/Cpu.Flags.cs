using System.Numerics;
using System.Runtime.CompilerServices;

namespace Hull.Cpu.Interpreter;

/// <summary>Status flags, kept as a result and a word of carries and worked out only when somebody looks.</summary>
/// <remarks>
/// FlagResult: the result, sign-extended. FlagCarry: bit 63 = CF, bit 62 = CF xor OF, bit 3 = AF, bit 0 = SF xor the result's sign,
/// bits 8 to 15 = xored to the result's low byte before its parity is taken. So every combination of flags can be expressed.
/// </remarks>
// SAFETY: see Cpu.cs; stack buffers here are as long as what is put into them.
internal sealed unsafe partial class Cpu
{
    private const ulong CarryBits = 0xC000_0000_0000_0000;

    internal bool CF
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (long)FlagCarry < 0;
    }

    internal bool ZF
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => FlagResult == 0;
    }

    internal bool SF
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (((ulong)FlagResult >> 63) ^ (FlagCarry & 1)) != 0;
    }

    internal bool OF
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (long)(FlagCarry ^ (FlagCarry << 1)) < 0;
    }

    internal bool PF => (BitOperations.PopCount((uint)(byte)((ulong)FlagResult ^ (FlagCarry >> 8))) & 1) == 0;

    internal bool AF => (FlagCarry & 8) != 0;

    /// <summary>SF differs from OF.</summary>
    internal bool Less
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (long)((ulong)FlagResult ^ (FlagCarry << 63) ^ FlagCarry ^ (FlagCarry << 1)) < 0;
    }

    internal ulong Rflags
    {
        get => FlagsRest | StatusFlags;
        set
        {
            StatusFlags = value;
            FlagsRest = (value & ~Rf.Status) | Rf.Fixed;
        }
    }

    internal ulong StatusFlags
    {
        get => (CF ? Rf.CF : 0) | (PF ? Rf.PF : 0) | (AF ? Rf.AF : 0) | (ZF ? Rf.ZF : 0) | (SF ? Rf.SF : 0) | (OF ? Rf.OF : 0);
        set
        {
            bool zero = (value & Rf.ZF) != 0;
            bool carry = (value & Rf.CF) != 0;
            bool overflow = (value & Rf.OF) != 0;
            FlagResult = zero ? 0 : 0x100;
            FlagCarry = (carry ? 1ul << 63 : 0)
                | (carry != overflow ? 1ul << 62 : 0)
                | ((value & Rf.AF) != 0 ? 8ul : 0)
                | ((value & Rf.SF) != 0 ? 1ul : 0)
                | ((value & Rf.PF) != 0 ? 0ul : 0x100);
        }
    }

    /// <summary>The flags of a comparison of two numbers that have an order: CF = less, ZF = equal, the others clear.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void SetOrder(bool less, bool equal)
    {
        FlagResult = equal ? 0 : 0x100;
        FlagCarry = less ? 0xC000_0000_0000_0100ul : 0x100;
    }

    /// <summary>Result and carries of an addition or subtraction.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void SetArithmetic<T>(ulong result, ulong carries)
        where T : unmanaged
    {
        FlagResult = Extend<T>(result);
        FlagCarry = ((carries << (64 - (sizeof(T) * 8))) & CarryBits) | (carries & 8);
    }

    /// <summary>CF, OF and AF clear.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void SetLogic<T>(ulong result)
        where T : unmanaged
    {
        FlagResult = Extend<T>(result);
        FlagCarry = 0;
    }

    /// <summary>Result with CF and OF given; AF clear.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void SetShift<T>(ulong result, bool carry, bool overflow)
        where T : unmanaged
    {
        FlagResult = Extend<T>(result);
        FlagCarry = (carry ? 1ul << 63 : 0) | (carry != overflow ? 1ul << 62 : 0);
    }

    /// <summary>Result with two bits: CF, and CF xor OF; AF clear.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void SetShifted<T>(ulong result, ulong carry, ulong differ)
        where T : unmanaged
    {
        FlagResult = Extend<T>(result);
        FlagCarry = (carry << 63) | (differ << 62);
    }

    /// <summary>Changes CF and OF only: two bits, CF, and CF xor OF.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void SetRotated(ulong carry, ulong differ) =>
        FlagCarry = (FlagCarry & ~CarryBits) | (carry << 63) | (differ << 62);

    internal void SetCarryOverflow(bool carry, bool overflow) =>
        FlagCarry = (FlagCarry & ~CarryBits) | (carry ? 1ul << 63 : 0) | (carry != overflow ? 1ul << 62 : 0);

    /// <summary>Changes CF and keeps OF (bit 62 says whether they differ).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void SetCarry(bool carry)
    {
        if (carry != CF)
        {
            FlagCarry ^= CarryBits;
        }
    }

    internal void SetCarryOnly(bool carry) => SetCarry(carry);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static long Extend<T>(ulong value)
        where T : unmanaged => sizeof(T) switch
        {
            1 => (sbyte)value,
            2 => (short)value,
            4 => (int)value,
            _ => (long)value,
        };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong Cut<T>(ulong value)
        where T : unmanaged => sizeof(T) switch
        {
            1 => (byte)value,
            2 => (ushort)value,
            4 => (uint)value,
            _ => value,
        };

    internal bool Test(int condition)
    {
        bool holds = (condition >> 1) switch
        {
            0 => OF,
            1 => CF,
            2 => ZF,
            3 => CF || ZF,
            4 => SF,
            5 => PF,
            6 => Less,
            _ => ZF || Less,
        };
        return holds != ((condition & 1) != 0);
    }
}
