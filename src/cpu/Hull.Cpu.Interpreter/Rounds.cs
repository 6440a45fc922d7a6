using System.Runtime.Intrinsics;
using V = System.Runtime.Intrinsics.Vector128<byte>;

namespace Hull.Cpu.Interpreter;

/// <summary>ROUNDxx and DPxx. Source: Intel SDM vol. 2B. The immediate is the mode: 0 nearest, 1 down, 2 up, 3 towards zero.</summary>
internal static class Rounds
{
    private static double Round(double value, int i) => i switch
    {
        1 => Math.Floor(value),
        2 => Math.Ceiling(value),
        3 => Math.Truncate(value),
        _ => Math.Round(value, MidpointRounding.ToEven),
    };

    internal static V Single(V b, int i)
    {
        Vector128<float> r = b.AsSingle();
        for (int n = 0; n < 4; n++)
        {
            r = r.WithElement(n, (float)Round(r[n], i));
        }

        return r.AsByte();
    }

    internal static V Double(V b, int i) => Vector128.Create(Round(b.AsDouble()[0], i), Round(b.AsDouble()[1], i)).AsByte();

    internal static V SingleScalar(V a, V b, int i) => a.AsSingle().WithElement(0, (float)Round(b.AsSingle()[0], i)).AsByte();

    internal static V DoubleScalar(V a, V b, int i) => a.AsDouble().WithElement(0, Round(b.AsDouble()[0], i)).AsByte();

    private static int ToInt32(double value, int i)
    {
        double whole = Round(value, i);
        return whole is >= int.MinValue and <= int.MaxValue ? (int)whole : int.MinValue;
    }

    internal static V ToInt32Single(V b, int i)
    {
        Vector128<float> v = b.AsSingle();
        return Vector128.Create(ToInt32(v[0], i), ToInt32(v[1], i), ToInt32(v[2], i), ToInt32(v[3], i)).AsByte();
    }

    internal static V ToInt32Double(V b, int i) =>
        Vector128.Create(ToInt32(b.AsDouble()[0], i), ToInt32(b.AsDouble()[1], i), 0, 0).AsByte();

    internal static V DotSingle(V a, V b, int i)
    {
        Vector128<float> p = a.AsSingle() * b.AsSingle();
        for (int n = 0; n < 4; n++)
        {
            p = (i >> (4 + n) & 1) == 0 ? p.WithElement(n, 0f) : p;
        }

        float sum = (p[0] + p[1]) + (p[2] + p[3]);
        return Vector128.Create(
            (i & 1) != 0 ? sum : 0f, (i & 2) != 0 ? sum : 0f, (i & 4) != 0 ? sum : 0f, (i & 8) != 0 ? sum : 0f).AsByte();
    }

    internal static V DotDouble(V a, V b, int i)
    {
        double sum = ((i & 0x10) != 0 ? a.AsDouble()[0] * b.AsDouble()[0] : 0) + ((i & 0x20) != 0 ? a.AsDouble()[1] * b.AsDouble()[1] : 0);
        return Vector128.Create((i & 1) != 0 ? sum : 0, (i & 2) != 0 ? sum : 0).AsByte();
    }
}
