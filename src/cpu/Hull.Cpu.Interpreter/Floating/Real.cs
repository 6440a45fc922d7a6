using System.Numerics;
using Hull.Machine;

namespace Hull.Cpu.Interpreter;

/// <summary>What a <see cref="Real"/> is.</summary>
internal enum RealKind : byte
{
    Zero,
    Finite,
    Infinity,
    NotANumber,

    /// <summary>A pattern of the 80-bit format that processors since the 387 refuse.</summary>
    Unsupported,
}

/// <summary>A floating point number taken apart: significand / 2^63 times 2^exponent.</summary>
/// <remarks>The significand of a finite number has its integer bit (63) set; a NaN's has its quiet bit at 62.</remarks>
internal readonly struct Real(RealKind kind, bool sign, int exponent, ulong significand, bool isDenormal = false)
{
    internal const ulong IntegerBit = 1ul << 63, QuietBit = 1ul << 62;

    internal RealKind Kind { get; } = kind;

    internal bool Sign { get; } = sign;

    /// <summary>It was denormal in the format it came from.</summary>
    internal bool IsDenormal { get; } = isDenormal;

    internal int Exponent { get; } = exponent;

    internal ulong Significand { get; } = significand;

    /// <summary>The default NaN.</summary>
    internal static Real Indefinite => new(RealKind.NotANumber, true, 0, IntegerBit | QuietBit);

    internal bool IsNaN => Kind == RealKind.NotANumber;

    internal bool IsSignaling => Kind == RealKind.NotANumber && (Significand & QuietBit) == 0;

    internal bool IsZero => Kind == RealKind.Zero;

    internal bool IsFinite => Kind == RealKind.Finite;

    internal bool IsInfinity => Kind == RealKind.Infinity;

    internal Real Quiet => new(Kind, Sign, Exponent, Significand | QuietBit);

    internal Real Negated => new(Kind, !Sign, Exponent, Significand, IsDenormal);

    internal Real Absolute => new(Kind, false, Exponent, Significand, IsDenormal);

    internal static Real Zero(bool sign) => new(RealKind.Zero, sign, 0, 0);

    internal static Real Infinity(bool sign) => new(RealKind.Infinity, sign, 0, IntegerBit);

    /// <summary>Exact for every integer.</summary>
    internal static Real FromInteger(long value)
    {
        if (value == 0)
        {
            return Zero(false);
        }

        ulong magnitude = value < 0 ? 0ul - (ulong)value : (ulong)value;
        int zeros = BitOperations.LeadingZeroCount(magnitude);
        return new Real(RealKind.Finite, value < 0, 63 - zeros, magnitude << zeros);
    }

    /// <summary>A zero or denormal number: the fraction counts from the integer bit's place.</summary>
    internal static Real FromFraction(bool sign, int exponent, ulong fraction)
    {
        if (fraction == 0)
        {
            return Zero(sign);
        }

        int zeros = BitOperations.LeadingZeroCount(fraction);
        return new Real(RealKind.Finite, sign, exponent - zeros, fraction << zeros, true);
    }

    /// <summary>Reads an 80-bit register.</summary>
    internal static Real FromRegister(in FloatingPointRegister register)
    {
        bool sign = (register.SignExponent & 0x8000) != 0;
        int exponent = register.SignExponent & 0x7FFF;
        ulong significand = register.Significand;
        if (exponent == 0)
        {
            return FromFraction(sign, FloatFormat.Extended.MinExponent, significand);
        }

        if ((significand & IntegerBit) == 0)
        {
            return new Real(RealKind.Unsupported, sign, 0, significand);
        }

        return exponent < 0x7FFF ? new Real(RealKind.Finite, sign, exponent - 16383, significand)
            : significand == IntegerBit ? Infinity(sign)
            : new Real(RealKind.NotANumber, sign, 0, significand);
    }

    /// <summary>Writes an 80-bit register; the value is rounded to that format already.</summary>
    internal FloatingPointRegister ToRegister()
    {
        int sign = Sign ? 0x8000 : 0;
        int below = FloatFormat.Extended.MinExponent - Exponent;
        return Kind switch
        {
            RealKind.Zero => new FloatingPointRegister { SignExponent = (ushort)sign },
            RealKind.Finite when below > 0 => new FloatingPointRegister { SignExponent = (ushort)sign, Significand = below > 63 ? 0 : Significand >> below },
            RealKind.Finite => new FloatingPointRegister { SignExponent = (ushort)(sign | (Exponent + 16383)), Significand = Significand },
            _ => new FloatingPointRegister { SignExponent = (ushort)(sign | 0x7FFF), Significand = Significand },
        };
    }
}
