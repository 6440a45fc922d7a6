namespace Hull.Cpu.Interpreter;

/// <summary>A binary floating point format. Source: Intel SDM vol. 1, table 4-3.</summary>
/// <param name="Precision">Bits of the significand, with the integer bit.</param>
/// <param name="MinExponent">Of the smallest normal number.</param>
/// <param name="MaxExponent">Of the largest number.</param>
internal readonly record struct FloatFormat(int Precision, int MinExponent, int MaxExponent)
{
    internal static readonly FloatFormat Half = new(11, -14, 15);
    internal static readonly FloatFormat Single = new(24, -126, 127);
    internal static readonly FloatFormat Double = new(53, -1022, 1023);
    internal static readonly FloatFormat Extended = new(64, -16382, 16383);

    private int Width => Precision == 64 ? 79 : Precision == 53 ? 63 : Precision == 24 ? 31 : 15;

    /// <summary>The default quiet NaN of the three narrow formats.</summary>
    internal ulong Indefinite => ulong.MaxValue << (Precision - 2) & (ulong.MaxValue >> (63 - Width));

    /// <summary>Whether the bits are a zero or a normal number: what the host's own arithmetic may be trusted with.</summary>
    internal bool IsRegular(ulong bits)
    {
        ulong magnitude = bits & (ulong.MaxValue >> (64 - Width));
        return magnitude == 0 || (magnitude >> (Precision - 1)) - 1 < 2 * (ulong)MaxExponent;
    }

    /// <summary>Exact for the two formats the host has.</summary>
    internal double ToDouble(ulong bits) =>
        Precision == 24 ? BitConverter.UInt32BitsToSingle((uint)bits) : BitConverter.UInt64BitsToDouble(bits);

    /// <summary>Reads one of the three narrow formats.</summary>
    internal Real Unpack(ulong bits)
    {
        int fractionBits = Precision - 1;
        bool sign = (bits >> Width & 1) != 0;
        int exponent = (int)(bits >> fractionBits) & ((2 * MaxExponent) + 1);
        ulong fraction = bits << (64 - fractionBits) >> 1;
        if (exponent == 0)
        {
            return Real.FromFraction(sign, MinExponent, fraction);
        }

        if (exponent == (2 * MaxExponent) + 1)
        {
            return new Real(fraction == 0 ? RealKind.Infinity : RealKind.NotANumber, sign, 0, fraction | Real.IntegerBit);
        }

        return new Real(RealKind.Finite, sign, exponent - MaxExponent, fraction | Real.IntegerBit);
    }

    /// <summary>Writes one of the three narrow formats; the value is rounded to it already.</summary>
    internal ulong Pack(in Real value)
    {
        ulong sign = value.Sign ? 1ul << Width : 0;
        int fractionBits = Precision - 1;
        ulong special = ((2ul * (ulong)MaxExponent) + 1) << fractionBits;
        ulong fraction = value.Significand << 1 >> (64 - fractionBits);
        switch (value.Kind)
        {
            case RealKind.Zero:
                return sign;
            case RealKind.Infinity:
                return sign | special;
            case RealKind.NotANumber:
                return sign | special | fraction;
            default:
                int below = MinExponent - value.Exponent;
                return below > 0
                    ? sign | (value.Significand >> (64 - fractionBits - 1) >> below)
                    : sign | ((ulong)(value.Exponent + MaxExponent) << fractionBits) | fraction;
        }
    }
}
