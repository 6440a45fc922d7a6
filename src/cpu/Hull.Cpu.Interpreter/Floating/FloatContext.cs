using System.Numerics;

namespace Hull.Cpu.Interpreter;

/// <summary>How one floating point operation rounds, and what it raised. Source: Intel SDM vol. 1, 4.8 and 4.9.</summary>
internal struct FloatContext
{
    internal const uint Invalid = 1, Denormal = 2, DivideByZero = 4, Overflow = 8, Underflow = 16, Inexact = 32;
    internal const uint Before = Invalid | Denormal | DivideByZero;

    /// <summary>What an unmasked overflow or underflow of the x87 adds to the exponent or takes from it.</summary>
    private const int BiasAdjust = 24576;

    /// <summary>0 to nearest even, 1 down, 2 up, 3 towards zero.</summary>
    internal int Rounding;

    /// <summary>Exceptions raised.</summary>
    internal uint Flags;

    /// <summary>What earlier steps of the same instruction raised, masked all.</summary>
    internal uint Earlier;

    /// <summary>Exceptions that are masked.</summary>
    internal uint Masks;

    internal bool DenormalsAreZero;
    internal bool FlushToZero;
    internal bool IsX87;

    /// <summary>The last rounding made the magnitude larger.</summary>
    internal bool RoundedUp;

    internal readonly bool IsUnmasked(uint flag) => (Masks & flag) == 0;

    /// <summary>Rounds hi:lo / 2^127 times 2^exponent; bit 127 is set, bit 0 may stand for all that is below.</summary>
    internal Real Round(in FloatFormat format, bool sign, int exponent, ulong hi, ulong lo)
    {
        int drop = 64 - format.Precision;
        ulong full = hi;
        bool inexact = RoundBits(sign, ref full, lo, drop, out bool up, out bool carry);
        int rounded = exponent + (carry ? 1 : 0);
        if (exponent < format.MinExponent)
        {
            return RoundSmall(format, sign, exponent, hi, lo, new Real(RealKind.Finite, sign, rounded, full), inexact, up);
        }

        if (rounded > format.MaxExponent)
        {
            return RoundLarge(format, sign, rounded, full, inexact, up);
        }

        Flags |= inexact ? Inexact : 0;
        RoundedUp = up;
        return new Real(RealKind.Finite, sign, rounded, full);
    }

    /// <summary>Rounds a finite number of 64 bits.</summary>
    internal Real Round(in FloatFormat format, in Real value) =>
        value.Kind == RealKind.Finite ? Round(format, value.Sign, value.Exponent, value.Significand, 0) : value;

    private Real RoundLarge(in FloatFormat format, bool sign, int exponent, ulong significand, bool inexact, bool up)
    {
        if (IsUnmasked(Overflow))
        {
            Flags |= Overflow | (inexact ? Inexact : 0);
            RoundedUp = up;
            return new Real(RealKind.Finite, sign, exponent - (IsX87 ? BiasAdjust : 0), significand);
        }

        Flags |= Overflow | Inexact;
        bool infinite = Rounding == 0 || Rounding == (sign ? 1 : 2);
        RoundedUp = infinite;
        return infinite
            ? Real.Infinity(sign)
            : new Real(RealKind.Finite, sign, format.MaxExponent, ulong.MaxValue << (64 - format.Precision));
    }

    private Real RoundSmall(
        in FloatFormat format, bool sign, int exponent, ulong hi, ulong lo, in Real unbounded, bool inexact, bool up)
    {
        bool tiny = unbounded.Exponent < format.MinExponent;
        if (tiny && IsUnmasked(Underflow))
        {
            Flags |= Underflow | (inexact ? Inexact : 0);
            RoundedUp = up;
            return new Real(RealKind.Finite, sign, unbounded.Exponent + (IsX87 ? BiasAdjust : 0), unbounded.Significand);
        }

        if (tiny && FlushToZero)
        {
            Flags |= Underflow | Inexact;
            return Real.Zero(sign);
        }

        int shift = format.MinExponent - exponent;
        if (shift >= 64)
        {
            lo = shift == 64 ? hi | (lo != 0 ? 1u : 0) : 1;
            hi = 0;
        }
        else
        {
            bool lost = lo << (64 - shift) != 0;
            lo = (lo >> shift) | (hi << (64 - shift)) | (lost ? 1u : 0);
            hi >>= shift;
        }

        inexact = RoundBits(sign, ref hi, lo, 64 - format.Precision, out up, out _);
        RoundedUp = up;
        Flags |= (inexact ? Inexact : 0) | (inexact && tiny ? Underflow : 0);
        if (hi == 0)
        {
            return Real.Zero(sign);
        }

        int zeros = BitOperations.LeadingZeroCount(hi);
        return new Real(RealKind.Finite, sign, format.MinExponent - zeros, hi << zeros);
    }

    /// <summary>Rounds away the lowest bits.</summary>
    /// <returns>Whether anything was lost.</returns>
    private readonly bool RoundBits(bool sign, ref ulong hi, ulong lo, int drop, out bool up, out bool carry)
    {
        bool half;
        bool rest;
        if (drop > 0)
        {
            half = (hi >> (drop - 1) & 1) != 0;
            rest = (hi & ((1ul << (drop - 1)) - 1)) != 0 || lo != 0;
        }
        else
        {
            half = (long)lo < 0;
            rest = lo << 1 != 0;
        }

        up = Rounding switch
        {
            0 => half && (rest || (hi >> drop & 1) != 0),
            1 => sign && (half || rest),
            2 => !sign && (half || rest),
            _ => false,
        };
        hi = hi >> drop << drop;
        carry = false;
        if (up)
        {
            hi += 1ul << drop;
            carry = hi == 0;
            hi = carry ? Real.IntegerBit : hi;
        }

        return half || rest;
    }
}
