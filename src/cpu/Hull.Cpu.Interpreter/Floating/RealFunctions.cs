namespace Hull.Cpu.Interpreter;

/// <summary>The transcendental functions of the x87 on numbers that are no NaNs.</summary>
/// <remarks>
/// Computed with about 100 bits and rounded once, so they are nearly always correctly rounded; processors are allowed one unit more.
/// Angles are reduced with pi to 66 bits as processors do. Source: Intel SDM vol. 1, 8.3.8 and 8.3.10.
/// </remarks>
internal static class RealFunctions
{
    private const int Terms = 30;

    /// <summary>Below this exponent the first term of a series is all that counts.</summary>
    private const int Tiny = -68;

    private static readonly UInt128 s_pi = new(3, 0x243F6A8885A308D3);
    private static readonly DoubleDouble[] s_inverseFactorials = InverseFactorials();

    private static DoubleDouble[] InverseFactorials()
    {
        DoubleDouble[] values = new DoubleDouble[Terms];
        values[0] = DoubleDouble.One;
        for (int i = 1; i < Terms; i++)
        {
            values[i] = values[i - 1] / new DoubleDouble(i, 0);
        }

        return values;
    }

    private static Real Invalid(ref FloatContext x)
    {
        x.Flags |= FloatContext.Invalid;
        return Real.Indefinite;
    }

    private static DoubleDouble Value(in Real a)
    {
        DoubleDouble value = DoubleDouble.FromSignificand(a.Significand).Scaled(a.Exponent);
        return a.Sign ? -value : value;
    }

    /// <summary>Rounds value times 2^scale, which is never exact.</summary>
    private static Real Finish(ref FloatContext x, DoubleDouble value, int scale = 0)
    {
        bool sign = value.Hi < 0;
        value = sign ? -value : value;
        if (value.Hi == 0)
        {
            return Real.Zero(sign);
        }

        int exponent = Math.ILogB(value.Hi);
        UInt128 bits = (UInt128)Math.ScaleB(value.Hi, 126 - exponent);
        Int128 rest = (Int128)Math.ScaleB(value.Lo, 126 - exponent);
        bits = (UInt128)((Int128)bits + rest);
        int zeros = (int)UInt128.LeadingZeroCount(bits);
        bits <<= zeros;
        return x.Round(FloatFormat.Extended, sign, exponent + 1 - zeros + scale, (ulong)(bits >> 64), (ulong)bits | 1);
    }

    // A value a little above or below a number of 64 bits.
    private static Real Nearly(ref FloatContext x, in Real a, bool above)
    {
        UInt128 bits = (UInt128)a.Significand << 64;
        bits = above ? bits | 1 : bits - 1;
        int zeros = (int)UInt128.LeadingZeroCount(bits);
        bits <<= zeros;
        return x.Round(FloatFormat.Extended, a.Sign, a.Exponent - zeros, (ulong)(bits >> 64), (ulong)bits);
    }

    /// <summary>Brings an angle to within a quarter turn around 0.</summary>
    private static DoubleDouble Reduce(in Real a, out int quadrant)
    {
        quadrant = 0;
        if (a.Exponent < -2)
        {
            return Value(a.Absolute);
        }

        UInt128 angle = (UInt128)a.Significand << (a.Exponent + 2);
        UInt128 turns = angle / s_pi;
        UInt128 rest = angle - (turns * s_pi);
        quadrant = (int)((ulong)turns & 3);
        bool beyond = rest > s_pi >> 1;
        if (beyond)
        {
            quadrant = (quadrant + 1) & 3;
            rest = s_pi - rest;
        }

        ulong high = (ulong)(rest >> 32);
        DoubleDouble value = new DoubleDouble(Math.ScaleB((double)high, 32 - 65), 0) + new DoubleDouble(Math.ScaleB((double)((ulong)rest & 0xFFFFFFFF), -65), 0);
        return beyond ? -value : value;
    }

    private static DoubleDouble Series(DoubleDouble a, int first)
    {
        // Sum of (-1)^k a^(2k + first) / (2k + first)!
        DoubleDouble square = a * a;
        DoubleDouble sum = new(0, 0);
        for (int n = 26 + first; n >= first; n -= 2)
        {
            DoubleDouble term = s_inverseFactorials[n];
            sum = (((n - first) & 2) != 0 ? -term : term) + (sum * square);
        }

        return first == 1 ? sum * a : sum;
    }

    internal static Real Sine(ref FloatContext x, in Real a)
    {
        if (a.IsZero)
        {
            return a;
        }

        if (a.Exponent < Tiny)
        {
            return Nearly(ref x, a, false);
        }

        DoubleDouble angle = Reduce(a, out int quadrant);
        DoubleDouble value = Series(angle, (quadrant & 1) != 0 ? 0 : 1);
        return Finish(ref x, ((quadrant & 2) != 0) != a.Sign ? -value : value);
    }

    internal static Real Cosine(ref FloatContext x, in Real a)
    {
        if (a.IsZero)
        {
            return Real.FromInteger(1);
        }

        if (a.Exponent < Tiny)
        {
            return Nearly(ref x, Real.FromInteger(1), false);
        }

        DoubleDouble angle = Reduce(a, out int quadrant);
        DoubleDouble value = Series(angle, (quadrant & 1) != 0 ? 1 : 0);
        return Finish(ref x, quadrant is 1 or 2 ? -value : value);
    }

    internal static Real Tangent(ref FloatContext x, in Real a)
    {
        if (a.IsZero)
        {
            return a;
        }

        if (a.Exponent < Tiny)
        {
            return Nearly(ref x, a, true);
        }

        DoubleDouble angle = Reduce(a, out int quadrant);
        DoubleDouble sine = Series(angle, 1);
        DoubleDouble cosine = Series(angle, 0);
        DoubleDouble value = (quadrant & 1) != 0 ? -(cosine / sine) : sine / cosine;
        return Finish(ref x, a.Sign ? -value : value);
    }

    /// <summary>2^a - 1.</summary>
    internal static Real PowerMinusOne(ref FloatContext x, in Real a)
    {
        if (a.IsZero || a.IsInfinity)
        {
            return a.IsInfinity && a.Sign ? Real.FromInteger(-1) : a;
        }

        x.Flags |= a.IsDenormal ? FloatContext.Denormal : 0;
        if (a.Exponent >= 0)
        {
            return a.Sign && a.Exponent == 0 ? new Real(RealKind.Finite, true, -1, Real.IntegerBit) : a;
        }

        if (a.Exponent < Tiny)
        {
            DoubleDouble first = DoubleDouble.FromSignificand(a.Significand) * DoubleDouble.Ln2;
            return Finish(ref x, a.Sign ? -first : first, a.Exponent);
        }

        DoubleDouble y = Value(a) * DoubleDouble.Ln2;
        DoubleDouble sum = new(0, 0);
        for (int n = Terms - 1; n >= 1; n--)
        {
            sum = s_inverseFactorials[n] + (sum * y);
        }

        return Finish(ref x, sum * y);
    }

    // log2((1 + s) / (1 - s))
    private static DoubleDouble LogOfRatio(DoubleDouble s)
    {
        DoubleDouble square = s * s;
        DoubleDouble sum = new(0, 0);
        for (int n = 47; n >= 1; n -= 2)
        {
            sum = (DoubleDouble.One / new DoubleDouble(n, 0)) + (sum * square);
        }

        return (sum * s).Scaled(1) / DoubleDouble.Ln2;
    }

    /// <summary>b log2(a).</summary>
    internal static Real LogTimes(ref FloatContext x, in Real a, in Real b)
    {
        bool isOne = a.IsFinite && !a.Sign && a.Exponent == 0 && a.Significand == Real.IntegerBit;
        if ((a.Sign && !a.IsZero) || (a.IsZero && b.IsZero) || (a.IsInfinity && b.IsZero) || (isOne && b.IsInfinity))
        {
            return Invalid(ref x);
        }

        if (a.IsZero)
        {
            x.Flags |= b.IsFinite ? FloatContext.DivideByZero : 0;
            return Real.Infinity(!b.Sign);
        }

        x.Flags |= a.IsDenormal || b.IsDenormal ? FloatContext.Denormal : 0;
        bool below = !a.IsInfinity && a.Exponent < 0;
        if (a.IsInfinity || b.IsInfinity)
        {
            return Real.Infinity(b.Sign != below);
        }

        if (b.IsZero || isOne)
        {
            return Real.Zero(b.Sign != (below && !isOne));
        }

        if (a.Significand == Real.IntegerBit)
        {
            x.Flags |= FloatContext.Inexact; // processors say so even of a power of two
            return FloatMath.Multiply(ref x, FloatFormat.Extended, Real.FromInteger(a.Exponent), b);
        }

        // From sqrt(1/2) to sqrt(2), so that no digits are lost near 1.
        DoubleDouble value = DoubleDouble.FromSignificand(a.Significand);
        int exponent = a.Exponent;
        if (value.Hi > 1.4142135623730951)
        {
            value = value.Scaled(-1);
            exponent++;
        }

        DoubleDouble log = new DoubleDouble(exponent, 0) + LogOfRatio((value - DoubleDouble.One) / (value + DoubleDouble.One));
        return Times(ref x, log, b);
    }

    private static Real Times(ref FloatContext x, DoubleDouble log, in Real b)
    {
        DoubleDouble product = log * DoubleDouble.FromSignificand(b.Significand);
        return Finish(ref x, b.Sign ? -product : product, b.Exponent);
    }

    /// <summary>b log2(a + 1).</summary>
    internal static Real LogPlusOneTimes(ref FloatContext x, in Real a, in Real b)
    {
        if ((a.IsZero && b.IsInfinity) || (a.IsInfinity && (a.Sign || b.IsZero)))
        {
            return Invalid(ref x);
        }

        x.Flags |= a.IsDenormal || b.IsDenormal ? FloatContext.Denormal : 0;
        if (a.IsInfinity || b.IsInfinity)
        {
            return Real.Infinity(a.Sign != b.Sign);
        }

        if (a.IsZero || b.IsZero)
        {
            return Real.Zero(a.Sign != b.Sign);
        }

        if (a.Exponent >= 0)
        {
            return a.Sign ? Invalid(ref x) : LogTimes(ref x, FloatMath.Add(ref x, FloatFormat.Extended, a, Real.FromInteger(1)), b);
        }

        if (a.Exponent < Tiny)
        {
            DoubleDouble first = DoubleDouble.FromSignificand(a.Significand) / DoubleDouble.Ln2;
            return Times(ref x, a.Sign ? -first : first, new Real(RealKind.Finite, b.Sign, b.Exponent + a.Exponent, b.Significand));
        }

        DoubleDouble value = Value(a);
        return Times(ref x, LogOfRatio(value / (value + new DoubleDouble(2, 0))), b);
    }

    /// <summary>The angle of the point (a, b), b being the height.</summary>
    internal static Real Arctangent(ref FloatContext x, in Real b, in Real a)
    {
        x.Flags |= a.IsDenormal || b.IsDenormal ? FloatContext.Denormal : 0;
        if (b.IsZero || (a.IsInfinity && !b.IsInfinity))
        {
            return a.Sign ? Angle(ref x, DoubleDouble.Pi, b.Sign) : Real.Zero(b.Sign);
        }

        if (b.IsInfinity || a.IsZero)
        {
            DoubleDouble quarter = DoubleDouble.Pi.Scaled(-2);
            return Angle(ref x, !a.IsInfinity ? quarter.Scaled(1) : a.Sign ? quarter * new DoubleDouble(3, 0) : quarter, b.Sign);
        }

        int distance = b.Exponent - a.Exponent;
        if (distance > -Tiny)
        {
            return Angle(ref x, DoubleDouble.Pi.Scaled(-1), b.Sign);
        }

        if (distance < Tiny)
        {
            return a.Sign ? Angle(ref x, DoubleDouble.Pi, b.Sign) : FloatMath.Divide(ref x, FloatFormat.Extended, b, a);
        }

        DoubleDouble height = DoubleDouble.FromSignificand(b.Significand).Scaled(distance);
        DoubleDouble width = DoubleDouble.FromSignificand(a.Significand);
        bool steep = height.Hi > width.Hi;
        DoubleDouble angle = SmallArctangent(steep ? width / height : height / width);
        angle = steep ? DoubleDouble.Pi.Scaled(-1) - angle : angle;
        return Angle(ref x, a.Sign ? DoubleDouble.Pi - angle : angle, b.Sign);
    }

    private static Real Angle(ref FloatContext x, DoubleDouble value, bool sign) => Finish(ref x, sign ? -value : value);

    private static DoubleDouble SmallArctangent(DoubleDouble t)
    {
        for (int i = 0; i < 2; i++)
        {
            t /= DoubleDouble.One + DoubleDouble.Sqrt(DoubleDouble.One + (t * t));
        }

        DoubleDouble square = t * t;
        DoubleDouble sum = new(0, 0);
        for (int n = 53; n >= 1; n -= 2)
        {
            DoubleDouble term = DoubleDouble.One / new DoubleDouble(n, 0);
            sum = ((n & 2) != 0 ? -term : term) + (sum * square);
        }

        return (sum * t).Scaled(2);
    }
}
