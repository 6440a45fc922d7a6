namespace Hull.Cpu.Interpreter;

/// <summary>An unevaluated sum of two doubles: about 106 bits. Source: T. J. Dekker, "A floating-point technique for extending the available precision".</summary>
/// <param name="Hi">The sum, rounded.</param>
/// <param name="Lo">What rounding lost.</param>
internal readonly record struct DoubleDouble(double Hi, double Lo)
{
    internal static readonly DoubleDouble Pi = new(3.141592653589793, 1.2246467991473532e-16);
    internal static readonly DoubleDouble Ln2 = new(0.6931471805599453, 2.3190468138462996e-17);
    internal static readonly DoubleDouble One = new(1, 0);

    /// <summary>Significand times 2^-63: from 1 to 2.</summary>
    internal static DoubleDouble FromSignificand(ulong significand)
    {
        double hi = significand & ~0x7FFul;
        return new(Math.ScaleB(hi, -63), Math.ScaleB((double)(significand & 0x7FF), -63));
    }

    public static DoubleDouble operator +(DoubleDouble a, DoubleDouble b)
    {
        double sum = a.Hi + b.Hi;
        double part = sum - a.Hi;
        double error = a.Hi - (sum - part) + (b.Hi - part);
        return Normal(sum, error + (a.Lo + b.Lo));
    }

    public static DoubleDouble operator -(DoubleDouble a) => new(-a.Hi, -a.Lo);

    public static DoubleDouble operator -(DoubleDouble a, DoubleDouble b) => a + -b;

    public static DoubleDouble operator *(DoubleDouble a, DoubleDouble b)
    {
        double product = a.Hi * b.Hi;
        double error = Math.FusedMultiplyAdd(a.Hi, b.Hi, -product);
        return Normal(product, error + ((a.Hi * b.Lo) + (a.Lo * b.Hi)));
    }

    public static DoubleDouble operator /(DoubleDouble a, DoubleDouble b)
    {
        double first = a.Hi / b.Hi;
        DoubleDouble rest = a - (b * new DoubleDouble(first, 0));
        double second = rest.Hi / b.Hi;
        rest -= b * new DoubleDouble(second, 0);
        return Normal(first, second) + new DoubleDouble(rest.Hi / b.Hi, 0);
    }

    internal static DoubleDouble Sqrt(DoubleDouble a)
    {
        double root = Math.Sqrt(a.Hi);
        DoubleDouble guess = new(root, 0);
        return guess + new DoubleDouble((a - (guess * guess)).Hi / (2 * root), 0);
    }

    internal DoubleDouble Scaled(int exponent) => new(Math.ScaleB(Hi, exponent), Math.ScaleB(Lo, exponent));

    private static DoubleDouble Normal(double hi, double lo)
    {
        double sum = hi + lo;
        return new(sum, lo - (sum - hi));
    }
}
