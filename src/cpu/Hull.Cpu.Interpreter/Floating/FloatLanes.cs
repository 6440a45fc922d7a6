using System.Runtime.Intrinsics;
using V = System.Runtime.Intrinsics.Vector128<byte>;

namespace Hull.Cpu.Interpreter;

// Source of all computations here: Intel SDM vol. 2, the page of the mnemonic.

/// <summary>CMPxx: predicates of SSE are the first eight.</summary>
internal readonly struct CompareLane<TShape> : FloatHandlers.ILane
    where TShape : IFloatShape
{
    /// <summary>For which outcome (less, equal, greater, unordered as bits) each predicate holds.</summary>
    private static ReadOnlySpan<byte> Holds => [2, 1, 3, 8, 13, 14, 12, 7, 10, 9, 11, 0, 5, 6, 4, 15];

    /// <summary>The predicates that call a quiet NaN invalid; the upper sixteen are the other way around.</summary>
    private const int Signaling = 0x6666;

    public static V Apply(ref FloatContext x, V a, V b, int i)
    {
        i &= 31;
        bool signaling = ((Signaling >> (i & 15) & 1) != 0) != (i > 15);
        int count = TShape.IsScalar ? 1 : TShape.IsDouble ? 2 : 4;
        for (int n = 0; n < count; n++)
        {
            int order = TShape.IsDouble
                ? FloatUnit.Order(ref x, FloatFormat.Double, a.AsUInt64()[n], b.AsUInt64()[n], signaling)
                : FloatUnit.Order(ref x, FloatFormat.Single, a.AsUInt32()[n], b.AsUInt32()[n], signaling);
            ulong mask = (Holds[i & 15] >> (order + 1) & 1) != 0 ? ulong.MaxValue : 0;
            a = TShape.IsDouble ? a.AsUInt64().WithElement(n, mask).AsByte() : a.AsUInt32().WithElement(n, (uint)mask).AsByte();
        }

        return a;
    }
}

/// <summary>ROUNDxx.</summary>
internal readonly struct RoundLane<TShape> : FloatHandlers.ILane
    where TShape : IFloatShape
{
    public static V Apply(ref FloatContext x, V a, V b, int i)
    {
        int count = TShape.IsScalar ? 1 : TShape.IsDouble ? 2 : 4;
        for (int n = 0; n < count; n++)
        {
            a = TShape.IsDouble
                ? a.AsUInt64().WithElement(n, FloatUnit.RoundToIntegral(ref x, FloatFormat.Double, b.AsUInt64()[n], i)).AsByte()
                : a.AsUInt32().WithElement(n, (uint)FloatUnit.RoundToIntegral(ref x, FloatFormat.Single, b.AsUInt32()[n], i)).AsByte();
        }

        return a;
    }
}

/// <summary>ADDSUBxx.</summary>
internal readonly struct AddSubtractLane<TShape> : FloatHandlers.ILane
    where TShape : IFloatShape
{
    public static V Apply(ref FloatContext x, V a, V b, int i)
    {
        for (int n = 0; n < (TShape.IsDouble ? 2 : 4); n++)
        {
            FloatOperation operation = (n & 1) != 0 ? FloatOperation.Add : FloatOperation.Subtract;
            a = TShape.IsDouble
                ? a.AsUInt64().WithElement(n, FloatUnit.Compute(operation, ref x, FloatFormat.Double, a.AsUInt64()[n], b.AsUInt64()[n])).AsByte()
                : a.AsUInt32().WithElement(n, (uint)FloatUnit.Compute(operation, ref x, FloatFormat.Single, a.AsUInt32()[n], b.AsUInt32()[n])).AsByte();
        }

        return a;
    }
}

/// <summary>HADDxx and, with subtraction, HSUBxx.</summary>
internal readonly struct HorizontalLane<TOp, TShape> : FloatHandlers.ILane
    where TOp : IFloat
    where TShape : IFloatShape
{
    public static V Apply(ref FloatContext x, V a, V b, int i)
    {
        V r = a;
        int half = TShape.IsDouble ? 1 : 2;
        for (int n = 0; n < 2 * half; n++)
        {
            V from = n < half ? a : b;
            int at = n % half * 2;
            r = TShape.IsDouble
                ? r.AsUInt64().WithElement(n, FloatUnit.Compute(TOp.Operation, ref x, FloatFormat.Double, from.AsUInt64()[at], from.AsUInt64()[at + 1])).AsByte()
                : r.AsUInt32().WithElement(n, (uint)FloatUnit.Compute(TOp.Operation, ref x, FloatFormat.Single, from.AsUInt32()[at], from.AsUInt32()[at + 1])).AsByte();
        }

        return r;
    }
}

/// <summary>DPPS: products, two sums, one sum; an unmasked exception of a step, in whichever lane, ends it.</summary>
internal readonly struct DotSingleLane : FloatHandlers.ILane
{
    public static V Apply(ref FloatContext x, V a, V b, int i)
    {
        Span<ulong> values = stackalloc ulong[4];
        Products(ref x, a, b, i, values);
        if (!FloatUnit.EndStep(ref x))
        {
            return a;
        }

        Sums(ref x, values);
        return FloatUnit.EndStep(ref x) ? Totals(ref x, values, i) : a;
    }

    /// <summary>Both lanes, step by step.</summary>
    internal static void ApplyBoth(ref FloatContext x, ref V low, ref V high, V b, V upper, int i)
    {
        Span<ulong> values = stackalloc ulong[4];
        Span<ulong> more = stackalloc ulong[4];
        Products(ref x, low, b, i, values);
        Products(ref x, high, upper, i, more);
        if (!FloatUnit.EndStep(ref x))
        {
            return;
        }

        Sums(ref x, values);
        Sums(ref x, more);
        if (FloatUnit.EndStep(ref x))
        {
            low = Totals(ref x, values, i);
            high = Totals(ref x, more, i);
        }
    }

    private static void Products(ref FloatContext x, V a, V b, int i, Span<ulong> products)
    {
        for (int n = 0; n < 4; n++)
        {
            products[n] = (i >> (4 + n) & 1) == 0 ? 0
                : FloatUnit.Compute(FloatOperation.Multiply, ref x, FloatFormat.Single, a.AsUInt32()[n], b.AsUInt32()[n]);
        }
    }

    // Every element is summed by itself, beginning with its neighbour: that decides which NaN is kept.
    private static void Sums(ref FloatContext x, Span<ulong> values)
    {
        Span<ulong> products = stackalloc ulong[4];
        values.CopyTo(products);
        for (int n = 0; n < 4; n++)
        {
            values[n] = FloatUnit.Compute(FloatOperation.Add, ref x, FloatFormat.Single, products[n ^ 1], products[n]);
        }
    }

    private static V Totals(ref FloatContext x, ReadOnlySpan<ulong> sums, int i)
    {
        Vector128<uint> r = default;
        for (int n = 0; n < 4; n++)
        {
            uint sum = (uint)FloatUnit.Compute(FloatOperation.Add, ref x, FloatFormat.Single, sums[n], sums[n ^ 2]);
            r = (i >> n & 1) != 0 ? r.WithElement(n, sum) : r;
        }

        return r.AsByte();
    }
}

/// <summary>DPPD.</summary>
internal readonly struct DotDoubleLane : FloatHandlers.ILane
{
    public static V Apply(ref FloatContext x, V a, V b, int i)
    {
        ulong first = (i & 0x10) != 0 ? FloatUnit.Compute(FloatOperation.Multiply, ref x, FloatFormat.Double, a.AsUInt64()[0], b.AsUInt64()[0]) : 0;
        ulong second = (i & 0x20) != 0 ? FloatUnit.Compute(FloatOperation.Multiply, ref x, FloatFormat.Double, a.AsUInt64()[1], b.AsUInt64()[1]) : 0;
        if (!FloatUnit.EndStep(ref x))
        {
            return a;
        }

        ulong low = FloatUnit.Compute(FloatOperation.Add, ref x, FloatFormat.Double, first, second);
        ulong high = FloatUnit.Compute(FloatOperation.Add, ref x, FloatFormat.Double, second, first);
        return Vector128.Create((i & 1) != 0 ? low : 0, (i & 2) != 0 ? high : 0).AsByte();
    }
}

/// <summary>CVTDQ2PS.</summary>
internal readonly struct IntegerToSingleLane : FloatHandlers.ILane
{
    public static V Apply(ref FloatContext x, V a, V b, int i)
    {
        Vector128<uint> r = default;
        for (int n = 0; n < 4; n++)
        {
            r = r.WithElement(n, (uint)FloatUnit.FromInteger(ref x, FloatFormat.Single, b.AsInt32()[n]));
        }

        return r.AsByte();
    }
}

/// <summary>CVTPS2DQ; with i = 1 CVTTPS2DQ.</summary>
internal readonly struct SingleToIntegerLane : FloatHandlers.ILane
{
    public static V Apply(ref FloatContext x, V a, V b, int i)
    {
        int rounding = x.Rounding;
        x.Rounding = i == 1 ? 3 : rounding;
        Vector128<int> r = default;
        for (int n = 0; n < 4; n++)
        {
            r = r.WithElement(n, (int)FloatUnit.ToInteger(ref x, FloatFormat.Single, b.AsUInt32()[n], 32));
        }

        x.Rounding = rounding;
        return r.AsByte();
    }
}

/// <summary>CVTPD2DQ; with i = 1 CVTTPD2DQ. The upper half is cleared.</summary>
internal readonly struct DoubleToIntegerLane : FloatHandlers.ILane
{
    public static V Apply(ref FloatContext x, V a, V b, int i)
    {
        int rounding = x.Rounding;
        x.Rounding = i == 1 ? 3 : rounding;
        int low = (int)FloatUnit.ToInteger(ref x, FloatFormat.Double, b.AsUInt64()[0], 32);
        int high = (int)FloatUnit.ToInteger(ref x, FloatFormat.Double, b.AsUInt64()[1], 32);
        x.Rounding = rounding;
        return Vector128.Create(low, high, 0, 0).AsByte();
    }
}

/// <summary>CVTPS2PD.</summary>
internal readonly struct SingleToDoubleLane : FloatHandlers.ILane
{
    public static V Apply(ref FloatContext x, V a, V b, int i)
    {
        ulong low = FloatUnit.Convert(ref x, FloatFormat.Single, FloatFormat.Double, b.AsUInt32()[0]);
        ulong high = FloatUnit.Convert(ref x, FloatFormat.Single, FloatFormat.Double, b.AsUInt32()[1]);
        return Vector128.Create(low, high).AsByte();
    }
}

/// <summary>CVTPD2PS. The upper half is cleared.</summary>
internal readonly struct DoubleToSingleLane : FloatHandlers.ILane
{
    public static V Apply(ref FloatContext x, V a, V b, int i)
    {
        uint low = (uint)FloatUnit.Convert(ref x, FloatFormat.Double, FloatFormat.Single, b.AsUInt64()[0]);
        uint high = (uint)FloatUnit.Convert(ref x, FloatFormat.Double, FloatFormat.Single, b.AsUInt64()[1]);
        return Vector128.Create(low, high, 0, 0).AsByte();
    }
}

/// <summary>CVTSS2SD.</summary>
internal readonly struct ScalarToDoubleLane : FloatHandlers.ILane
{
    public static V Apply(ref FloatContext x, V a, V b, int i) =>
        a.AsUInt64().WithElement(0, FloatUnit.Convert(ref x, FloatFormat.Single, FloatFormat.Double, b.AsUInt32()[0])).AsByte();
}

/// <summary>CVTSD2SS.</summary>
internal readonly struct ScalarToSingleLane : FloatHandlers.ILane
{
    public static V Apply(ref FloatContext x, V a, V b, int i) =>
        a.AsUInt32().WithElement(0, (uint)FloatUnit.Convert(ref x, FloatFormat.Double, FloatFormat.Single, b.AsUInt64()[0])).AsByte();
}
