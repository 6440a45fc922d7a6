using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using V = System.Runtime.Intrinsics.Vector128<byte>;

namespace Hull.Cpu.Interpreter;

/// <summary>What a floating point instruction computes per element.</summary>
internal enum FloatOperation
{
    Add,
    Multiply,
    Subtract,
    Minimum,
    Divide,
    Maximum,
    SquareRoot,
}

/// <summary>Which elements of a lane a floating point instruction computes.</summary>
internal interface IFloatShape
{
    static abstract bool IsDouble { get; }

    static abstract bool IsScalar { get; }
}

internal readonly struct PackedSingle : IFloatShape
{
    public static bool IsDouble => false;

    public static bool IsScalar => false;
}

internal readonly struct PackedDouble : IFloatShape
{
    public static bool IsDouble => true;

    public static bool IsScalar => false;
}

internal readonly struct ScalarSingle : IFloatShape
{
    public static bool IsDouble => false;

    public static bool IsScalar => true;
}

internal readonly struct ScalarDouble : IFloatShape
{
    public static bool IsDouble => true;

    public static bool IsScalar => true;
}

/// <summary>An operation on floats: the host's instruction for the usual case, its number for the exact one.</summary>
internal interface IFloat
{
    static abstract FloatOperation Operation { get; }

    /// <summary>The host's instruction: packed lanes; scalars are done by the scalar members.</summary>
    static abstract V Packed<TShape>(V a, V b)
        where TShape : IFloatShape;

    static abstract double Scalar(double a, double b);

    static abstract float Scalar(float a, float b);

    /// <summary>Whether r is a op b without rounding; only asked of normal numbers.</summary>
    static abstract bool IsExact(double a, double b, double r);
}

internal readonly struct FloatAdd : IFloat
{
    public static FloatOperation Operation => FloatOperation.Add;

    public static V Packed<TShape>(V a, V b)
        where TShape : IFloatShape => TShape.IsDouble ? (a.AsDouble() + b.AsDouble()).AsByte() : (a.AsSingle() + b.AsSingle()).AsByte();

    public static double Scalar(double a, double b) => a + b;

    public static float Scalar(float a, float b) => a + b;

    public static bool IsExact(double a, double b, double r) => r - a == b && r - b == a;
}

internal readonly struct FloatSubtract : IFloat
{
    public static FloatOperation Operation => FloatOperation.Subtract;

    public static V Packed<TShape>(V a, V b)
        where TShape : IFloatShape => TShape.IsDouble ? (a.AsDouble() - b.AsDouble()).AsByte() : (a.AsSingle() - b.AsSingle()).AsByte();

    public static double Scalar(double a, double b) => a - b;

    public static float Scalar(float a, float b) => a - b;

    public static bool IsExact(double a, double b, double r) => a - r == b && r + b == a;
}

internal readonly struct FloatMultiply : IFloat
{
    public static FloatOperation Operation => FloatOperation.Multiply;

    public static V Packed<TShape>(V a, V b)
        where TShape : IFloatShape => TShape.IsDouble ? (a.AsDouble() * b.AsDouble()).AsByte() : (a.AsSingle() * b.AsSingle()).AsByte();

    public static double Scalar(double a, double b) => a * b;

    public static float Scalar(float a, float b) => a * b;

    public static bool IsExact(double a, double b, double r) => Math.FusedMultiplyAdd(a, b, -r) == 0 && Math.Abs(r) > 1e-270;
}

internal readonly struct FloatDivide : IFloat
{
    public static FloatOperation Operation => FloatOperation.Divide;

    public static V Packed<TShape>(V a, V b)
        where TShape : IFloatShape => TShape.IsDouble ? (a.AsDouble() / b.AsDouble()).AsByte() : (a.AsSingle() / b.AsSingle()).AsByte();

    public static double Scalar(double a, double b) => a / b;

    public static float Scalar(float a, float b) => a / b;

    public static bool IsExact(double a, double b, double r) => Math.FusedMultiplyAdd(r, b, -a) == 0 && Math.Abs(a) > 1e-270;
}

internal readonly struct FloatSquareRoot : IFloat
{
    public static FloatOperation Operation => FloatOperation.SquareRoot;

    public static V Packed<TShape>(V a, V b)
        where TShape : IFloatShape => TShape.IsDouble ? Vector128.Sqrt(b.AsDouble()).AsByte() : Vector128.Sqrt(b.AsSingle()).AsByte();

    public static double Scalar(double a, double b) => Math.Sqrt(b);

    public static float Scalar(float a, float b) => MathF.Sqrt(b);

    public static bool IsExact(double a, double b, double r) => Math.FusedMultiplyAdd(r, r, -b) == 0 && Math.Abs(b) > 1e-270;
}

internal readonly struct FloatMinimum : IFloat
{
    public static FloatOperation Operation => FloatOperation.Minimum;

    public static V Packed<TShape>(V a, V b)
        where TShape : IFloatShape => TShape.IsDouble ? Sse2.Min(a.AsDouble(), b.AsDouble()).AsByte() : Sse.Min(a.AsSingle(), b.AsSingle()).AsByte();

    public static double Scalar(double a, double b) => a < b ? a : b;

    public static float Scalar(float a, float b) => a < b ? a : b;

    public static bool IsExact(double a, double b, double r) => true;
}

internal readonly struct FloatMaximum : IFloat
{
    public static FloatOperation Operation => FloatOperation.Maximum;

    public static V Packed<TShape>(V a, V b)
        where TShape : IFloatShape => TShape.IsDouble ? Sse2.Max(a.AsDouble(), b.AsDouble()).AsByte() : Sse.Max(a.AsSingle(), b.AsSingle()).AsByte();

    public static double Scalar(double a, double b) => a > b ? a : b;

    public static float Scalar(float a, float b) => a > b ? a : b;

    public static bool IsExact(double a, double b, double r) => true;
}
