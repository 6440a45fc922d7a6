using System.Runtime.Intrinsics;
using V = System.Runtime.Intrinsics.Vector128<byte>;

namespace Hull.Cpu.Interpreter;

// Source of all operations here: Intel SDM vol. 2, the page of the mnemonic.

internal readonly struct BlendD : IVec
{
    public static V Apply(V a, V b, int i) => Shuffles.Blend32(a, b, i);
}

internal readonly struct PermilPs : IVec
{
    public static V Apply(V a, V b, int i) => Shuffles.Words32(b, i);
}

internal readonly struct PermilPd : IVec
{
    public static V Apply(V a, V b, int i) => Vector128.Create(b.AsUInt64()[i & 1], b.AsUInt64()[(i >> 1) & 1]).AsByte();
}

internal readonly struct PermilPsVariable : IVec
{
    public static V Apply(V a, V b, int i)
    {
        Vector128<uint> s = a.AsUInt32();
        Vector128<uint> n = b.AsUInt32();
        return Vector128.Create(s[(int)n[0] & 3], s[(int)n[1] & 3], s[(int)n[2] & 3], s[(int)n[3] & 3]).AsByte();
    }
}

internal readonly struct PermilPdVariable : IVec
{
    public static V Apply(V a, V b, int i)
    {
        Vector128<ulong> s = a.AsUInt64();
        return Vector128.Create(s[(int)(b.AsUInt64()[0] >> 1) & 1], s[(int)(b.AsUInt64()[1] >> 1) & 1]).AsByte();
    }
}

internal readonly struct ShiftLeftEach32 : IVec
{
    public static V Apply(V a, V b, int i)
    {
        Vector128<uint> r = default;
        for (int n = 0; n < 4; n++)
        {
            uint count = b.AsUInt32()[n];
            r = r.WithElement(n, count > 31 ? 0 : a.AsUInt32()[n] << (int)count);
        }

        return r.AsByte();
    }
}

internal readonly struct ShiftRightEach32 : IVec
{
    public static V Apply(V a, V b, int i)
    {
        Vector128<uint> r = default;
        for (int n = 0; n < 4; n++)
        {
            uint count = b.AsUInt32()[n];
            r = r.WithElement(n, count > 31 ? 0 : a.AsUInt32()[n] >> (int)count);
        }

        return r.AsByte();
    }
}

internal readonly struct ShiftSignedEach32 : IVec
{
    public static V Apply(V a, V b, int i)
    {
        Vector128<int> r = default;
        for (int n = 0; n < 4; n++)
        {
            r = r.WithElement(n, a.AsInt32()[n] >> (int)Math.Min(b.AsUInt32()[n], 31));
        }

        return r.AsByte();
    }
}

internal readonly struct ShiftLeftEach64 : IVec
{
    public static V Apply(V a, V b, int i) => Vector128.Create(One(a, b, 0), One(a, b, 1)).AsByte();

    private static ulong One(V a, V b, int n) => b.AsUInt64()[n] > 63 ? 0 : a.AsUInt64()[n] << (int)b.AsUInt64()[n];
}

internal readonly struct ShiftRightEach64 : IVec
{
    public static V Apply(V a, V b, int i) => Vector128.Create(One(a, b, 0), One(a, b, 1)).AsByte();

    private static ulong One(V a, V b, int n) => b.AsUInt64()[n] > 63 ? 0 : a.AsUInt64()[n] >> (int)b.AsUInt64()[n];
}

/// <summary>VCVTPH2PS; denormal halves are exact and raise nothing.</summary>
internal readonly struct HalfToSingleLane : FloatHandlers.ILane
{
    public static V Apply(ref FloatContext x, V a, V b, int i)
    {
        Vector128<uint> r = default;
        for (int n = 0; n < 4; n++)
        {
            Real value = FloatFormat.Half.Unpack(b.AsUInt16()[n]);
            x.Flags |= value.IsSignaling ? FloatContext.Invalid : 0;
            r = r.WithElement(n, (uint)FloatFormat.Single.Pack(value.IsNaN ? value.Quiet : value));
        }

        return r.AsByte();
    }
}

/// <summary>VCVTPS2PH: the immediate rounds as ROUNDPS's does; FTZ does not count; a denormal operand is inexact even where it would fit.</summary>
internal readonly struct SingleToHalfLane : FloatHandlers.ILane
{
    public static V Apply(ref FloatContext x, V a, V b, int i)
    {
        FloatContext own = x;
        own.Rounding = (i & 4) != 0 ? x.Rounding : i & 3;
        own.FlushToZero = false;
        Vector128<ushort> r = default;
        for (int n = 0; n < 4; n++)
        {
            r = r.WithElement(n, (ushort)FloatUnit.Convert(ref own, FloatFormat.Single, FloatFormat.Half, b.AsUInt32()[n]));
        }

        x.Flags |= own.Flags | ((own.Flags & FloatContext.Denormal) != 0 ? FloatContext.Inexact : 0);
        return r.AsByte();
    }
}
