using System.Numerics;

namespace Hull.Cpu.Interpreter;

/// <summary>Arithmetic on numbers taken apart, correctly rounded. NaNs are the caller's: each unit has its own rule.</summary>
/// <remarks>Source: IEEE 754-2008, and Intel SDM vol. 1, 4.8 for the order in which exceptions are found.</remarks>
internal static class FloatMath
{
    private static Real Invalid(ref FloatContext x)
    {
        x.Flags |= FloatContext.Invalid;
        return Real.Indefinite;
    }

    private static void NoteDenormals(ref FloatContext x, in Real a, in Real b) =>
        x.Flags |= a.IsDenormal || b.IsDenormal ? FloatContext.Denormal : 0;

    internal static Real Add(ref FloatContext x, in FloatFormat format, in Real a, in Real b)
    {
        if (a.IsInfinity || b.IsInfinity)
        {
            if (a.IsInfinity && b.IsInfinity && a.Sign != b.Sign)
            {
                return Invalid(ref x);
            }

            NoteDenormals(ref x, a, b);
            return a.IsInfinity ? a : b;
        }

        NoteDenormals(ref x, a, b);
        if (a.IsZero || b.IsZero)
        {
            return a.IsZero && b.IsZero ? Real.Zero(a.Sign == b.Sign ? a.Sign : x.Rounding == 1)
                : x.Round(format, a.IsZero ? b : a);
        }

        return a.Exponent > b.Exponent || (a.Exponent == b.Exponent && a.Significand >= b.Significand)
            ? AddOrdered(ref x, format, a, b)
            : AddOrdered(ref x, format, b, a);
    }

    // One bit above for the carry, 63 below for what is shifted out, the last of them for all the rest.
    private static Real AddOrdered(ref FloatContext x, in FloatFormat format, in Real a, in Real b) => AddOrdered(
        ref x, format, a.Sign, a.Exponent, (UInt128)a.Significand << 63, b.Sign, b.Exponent, (UInt128)b.Significand << 63);

    private static Real AddOrdered(
        ref FloatContext x, in FloatFormat format, bool sign, int exponent, UInt128 large, bool smallSign, int smallExponent, UInt128 small)
    {
        int distance = exponent - smallExponent;
        if (distance > 126)
        {
            small = 1;
        }
        else if (distance > 0)
        {
            UInt128 shifted = small >> distance;
            small = shifted << distance == small ? shifted : shifted | 1;
        }

        UInt128 sum = sign == smallSign ? large + small : large - small;
        if (sum == UInt128.Zero)
        {
            return Real.Zero(x.Rounding == 1);
        }

        int zeros = (int)UInt128.LeadingZeroCount(sum);
        sum <<= zeros;
        return x.Round(format, sign, exponent + 1 - zeros, (ulong)(sum >> 64), (ulong)sum);
    }

    internal static Real Multiply(ref FloatContext x, in FloatFormat format, in Real a, in Real b)
    {
        bool sign = a.Sign != b.Sign;
        if ((a.IsInfinity && b.IsZero) || (a.IsZero && b.IsInfinity))
        {
            return Invalid(ref x);
        }

        NoteDenormals(ref x, a, b);
        if (a.IsInfinity || b.IsInfinity)
        {
            return Real.Infinity(sign);
        }

        if (a.IsZero || b.IsZero)
        {
            return Real.Zero(sign);
        }

        ulong hi = WideMath.Multiply(a.Significand, b.Significand, out ulong lo);
        int exponent = a.Exponent + b.Exponent + 1;
        if ((long)hi > 0)
        {
            hi = (hi << 1) | (lo >> 63);
            lo <<= 1;
            exponent--;
        }

        return x.Round(format, sign, exponent, hi, lo);
    }

    /// <summary>a b + c with one rounding, for formats of at most 53 bits: the product keeps a bit free for the carry.</summary>
    internal static Real MultiplyAdd(ref FloatContext x, in FloatFormat format, in Real a, in Real b, in Real c)
    {
        bool sign = a.Sign != b.Sign;
        bool infinite = a.IsInfinity || b.IsInfinity;
        if ((infinite && (a.IsZero || b.IsZero)) || (infinite && c.IsInfinity && c.Sign != sign))
        {
            return Invalid(ref x);
        }

        NoteDenormals(ref x, a, b);
        NoteDenormals(ref x, c, c);
        if (infinite || c.IsInfinity)
        {
            return infinite ? Real.Infinity(sign) : c;
        }

        if (a.IsZero || b.IsZero)
        {
            return c.IsZero ? Real.Zero(sign == c.Sign ? sign : x.Rounding == 1) : x.Round(format, c);
        }

        ulong hi = Math.BigMul(a.Significand, b.Significand, out ulong lo);
        UInt128 product = new(hi, lo);
        int exponent = a.Exponent + b.Exponent + 1;
        if ((long)hi > 0)
        {
            product <<= 1;
            exponent--;
        }

        if (c.IsZero)
        {
            return x.Round(format, sign, exponent, (ulong)(product >> 64), (ulong)product);
        }

        product >>= 1;
        UInt128 addend = (UInt128)c.Significand << 63;
        return exponent > c.Exponent || (exponent == c.Exponent && product >= addend)
            ? AddOrdered(ref x, format, sign, exponent, product, c.Sign, c.Exponent, addend)
            : AddOrdered(ref x, format, c.Sign, c.Exponent, addend, sign, exponent, product);
    }

    internal static Real Divide(ref FloatContext x, in FloatFormat format, in Real a, in Real b)
    {
        bool sign = a.Sign != b.Sign;
        if ((a.IsInfinity && b.IsInfinity) || (a.IsZero && b.IsZero))
        {
            return Invalid(ref x);
        }

        if (b.IsZero && a.IsFinite)
        {
            x.Flags |= FloatContext.DivideByZero;
            return Real.Infinity(sign);
        }

        NoteDenormals(ref x, a, b);
        if (a.IsInfinity || b.IsInfinity || a.IsZero)
        {
            return a.IsInfinity ? Real.Infinity(sign) : Real.Zero(sign);
        }

        int below = a.Significand < b.Significand ? 1 : 0;
        (ulong hi, ulong rest) = Step((UInt128)a.Significand << (63 + below), b.Significand);
        (ulong lo, rest) = Step((UInt128)rest << 64, b.Significand);
        return x.Round(format, sign, a.Exponent - b.Exponent - below, hi, lo | (rest != 0 ? 1u : 0));
    }

    private static (ulong Quotient, ulong Remaining) Step(UInt128 dividend, ulong divisor)
    {
        UInt128 quotient = dividend / divisor;
        return ((ulong)quotient, (ulong)(dividend - (quotient * divisor)));
    }

    internal static Real SquareRoot(ref FloatContext x, in FloatFormat format, in Real a)
    {
        if (a.IsZero)
        {
            return a;
        }

        if (a.Sign)
        {
            return Invalid(ref x);
        }

        x.Flags |= a.IsDenormal ? FloatContext.Denormal : 0;
        if (a.IsInfinity)
        {
            return a;
        }

        UInt128 square = (UInt128)a.Significand << (63 + (a.Exponent & 1));
        UInt128 root = (UInt128)Math.Min(Math.Sqrt((double)square), 18446744073709549568.0);
        root = (root + (square / root)) >> 1;
        root = root > ulong.MaxValue ? ulong.MaxValue : root;
        while (root * root > square)
        {
            root--;
        }

        while (root < ulong.MaxValue && (root + 1) * (root + 1) <= square)
        {
            root++;
        }

        UInt128 rest = square - (root * root);
        ulong lo = (rest > root ? Real.IntegerBit : 0) | (rest != UInt128.Zero ? 1u : 0);
        return x.Round(format, false, (a.Exponent - (a.Exponent & 1)) / 2, (ulong)root, lo);
    }

    /// <summary>Compares two numbers that are no NaNs: -1, 0 or 1.</summary>
    internal static int Compare(in Real a, in Real b)
    {
        if (a.IsZero && b.IsZero)
        {
            return 0;
        }

        int left = Order(a);
        int right = Order(b);
        if (left != right || a.Kind != RealKind.Finite)
        {
            return left.CompareTo(right);
        }

        int magnitude = a.Exponent != b.Exponent ? a.Exponent.CompareTo(b.Exponent) : a.Significand.CompareTo(b.Significand);
        return a.Sign ? -magnitude : magnitude;
    }

    private static int Order(in Real a) => (a.Kind == RealKind.Infinity ? 2 : a.Kind == RealKind.Finite ? 1 : 0) * (a.Sign ? -1 : 1);

    /// <summary>Rounds to an integral value of the same format.</summary>
    internal static Real RoundToIntegral(ref FloatContext x, in Real a)
    {
        if (!a.IsFinite || a.Exponent >= 63)
        {
            return a;
        }

        ulong whole = Integral(ref x, a);
        if (whole == 0)
        {
            return Real.Zero(a.Sign);
        }

        int zeros = BitOperations.LeadingZeroCount(whole);
        return new Real(RealKind.Finite, a.Sign, 63 - zeros, whole << zeros);
    }

    // The magnitude of a finite number below 2^64, rounded.
    private static ulong Integral(ref FloatContext x, in Real a)
    {
        int drop = 63 - a.Exponent;
        ulong whole = drop > 63 ? 0 : a.Significand >> drop;
        bool half = drop is > 0 and <= 64 && (a.Significand >> (drop - 1) & 1) != 0;
        bool rest = drop > 64 || (drop > 1 && a.Significand << (65 - drop) != 0);
        bool up = x.Rounding switch
        {
            0 => half && (rest || (whole & 1) != 0),
            1 => a.Sign && (half || rest),
            2 => !a.Sign && (half || rest),
            _ => false,
        };
        x.Flags |= half || rest ? FloatContext.Inexact : 0;
        x.RoundedUp = up;
        return whole + (up ? 1u : 0);
    }

    /// <summary>Rounds to an integer of some bits; what does not fit is invalid and becomes the most negative one.</summary>
    internal static long ToInteger(ref FloatContext x, in Real a, int bits)
    {
        long indefinite = long.MinValue >> (64 - bits);
        if (a.IsZero)
        {
            return 0;
        }

        if (!a.IsFinite || a.Exponent >= bits)
        {
            x.Flags |= FloatContext.Invalid;
            return indefinite;
        }

        FloatContext trial = x;
        ulong whole = Integral(ref trial, a);
        ulong limit = (1ul << (bits - 1)) - (a.Sign ? 0u : 1u);
        if (whole > limit || a.Exponent > 63)
        {
            x.Flags |= FloatContext.Invalid;
            x.RoundedUp = false;
            return indefinite;
        }

        x = trial;
        return a.Sign ? (long)(0 - whole) : (long)whole;
    }
}
