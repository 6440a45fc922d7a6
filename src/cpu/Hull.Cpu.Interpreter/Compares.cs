using System.Runtime.Intrinsics;
using V = System.Runtime.Intrinsics.Vector128<byte>;

namespace Hull.Cpu.Interpreter;

/// <summary>CMPPS, CMPPD, CMPSS, CMPSD. Source: Intel SDM vol. 2A, CMPPS, table 3-1.</summary>
internal static class Compares
{
    internal static V Single(V a, V b, int i) => Pick(
        i,
        Vector128.Equals(a.AsSingle(), b.AsSingle()).AsByte(),
        Vector128.LessThan(a.AsSingle(), b.AsSingle()).AsByte(),
        Vector128.LessThanOrEqual(a.AsSingle(), b.AsSingle()).AsByte(),
        (Vector128.Equals(a.AsSingle(), a.AsSingle()) & Vector128.Equals(b.AsSingle(), b.AsSingle())).AsByte());

    internal static V Double(V a, V b, int i) => Pick(
        i,
        Vector128.Equals(a.AsDouble(), b.AsDouble()).AsByte(),
        Vector128.LessThan(a.AsDouble(), b.AsDouble()).AsByte(),
        Vector128.LessThanOrEqual(a.AsDouble(), b.AsDouble()).AsByte(),
        (Vector128.Equals(a.AsDouble(), a.AsDouble()) & Vector128.Equals(b.AsDouble(), b.AsDouble())).AsByte());

    internal static V SingleScalar(V a, V b, int i) => MoveLow32.Apply(a, Single(a, b, i), 0);

    internal static V DoubleScalar(V a, V b, int i) => MoveLow64.Apply(a, Double(a, b, i), 0);

    private static V Pick(int i, V equal, V less, V lessEqual, V ordered) => (i & 7) switch
    {
        0 => equal,
        1 => less,
        2 => lessEqual,
        3 => ~ordered,
        4 => ~equal,
        5 => ~less,
        6 => ~lessEqual,
        _ => ordered,
    };
}
