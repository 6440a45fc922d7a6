using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using V = System.Runtime.Intrinsics.Vector128<byte>;

namespace Hull.Cpu.Interpreter;

/// <summary>Vector instructions whose immediate is data here and a constant for the host. Source: Intel SDM vol. 2.</summary>
internal static class Shuffles
{
    internal static V Words32(V b, int i)
    {
        Vector128<uint> s = b.AsUInt32();
        return Vector128.Create(s[i & 3], s[(i >> 2) & 3], s[(i >> 4) & 3], s[(i >> 6) & 3]).AsByte();
    }

    internal static V Low16(V b, int i)
    {
        Vector128<ushort> s = b.AsUInt16();
        return Vector128.Create(s[i & 3], s[(i >> 2) & 3], s[(i >> 4) & 3], s[(i >> 6) & 3], s[4], s[5], s[6], s[7]).AsByte();
    }

    internal static V High16(V b, int i)
    {
        Vector128<ushort> s = b.AsUInt16();
        return Vector128.Create(
            s[0], s[1], s[2], s[3], s[4 + (i & 3)], s[4 + ((i >> 2) & 3)], s[4 + ((i >> 4) & 3)], s[4 + ((i >> 6) & 3)]).AsByte();
    }

    internal static V Pairs32(V a, V b, int i)
    {
        Vector128<uint> x = a.AsUInt32();
        Vector128<uint> y = b.AsUInt32();
        return Vector128.Create(x[i & 3], x[(i >> 2) & 3], y[(i >> 4) & 3], y[(i >> 6) & 3]).AsByte();
    }

    internal static V Pairs64(V a, V b, int i) => Vector128.Create(a.AsUInt64()[i & 1], b.AsUInt64()[(i >> 1) & 1]).AsByte();

    /// <summary>PALIGNR: the 32 bytes a:b shifted right.</summary>
    internal static V Align(V a, V b, int i)
    {
        Span<byte> bytes = stackalloc byte[64];
        bytes.Clear();
        b.CopyTo(bytes);
        a.CopyTo(bytes[16..]);
        return Vector128.Create<byte>(bytes.Slice(Math.Min(i, 32), 16));
    }

    internal static V Blend16(V a, V b, int i)
    {
        Vector128<ushort> r = a.AsUInt16();
        for (int n = 0; n < 8; n++)
        {
            r = (i >> n & 1) != 0 ? r.WithElement(n, b.AsUInt16()[n]) : r;
        }

        return r.AsByte();
    }

    internal static V Blend32(V a, V b, int i)
    {
        Vector128<uint> r = a.AsUInt32();
        for (int n = 0; n < 4; n++)
        {
            r = (i >> n & 1) != 0 ? r.WithElement(n, b.AsUInt32()[n]) : r;
        }

        return r.AsByte();
    }

    internal static V Blend64(V a, V b, int i) =>
        Vector128.Create((i & 1) != 0 ? b.AsUInt64()[0] : a.AsUInt64()[0], (i & 2) != 0 ? b.AsUInt64()[1] : a.AsUInt64()[1]).AsByte();

    /// <summary>INSERTPS; from memory the source is a scalar and bits 6 and 7 pick its only element.</summary>
    internal static V InsertSingle(V a, V b, int i)
    {
        Vector128<uint> r = a.AsUInt32().WithElement((i >> 4) & 3, b.AsUInt32()[(i >> 6) & 3]);
        for (int n = 0; n < 4; n++)
        {
            r = (i >> n & 1) != 0 ? r.WithElement(n, 0u) : r;
        }

        return r.AsByte();
    }

    internal static V Mpsad(V a, V b, int i)
    {
        int from = (i & 4) != 0 ? 4 : 0;
        int block = (i & 3) * 4;
        Vector128<ushort> r = default;
        for (int n = 0; n < 8; n++)
        {
            int sum = 0;
            for (int k = 0; k < 4; k++)
            {
                sum += Math.Abs(a[from + n + k] - b[block + k]);
            }

            r = r.WithElement(n, (ushort)sum);
        }

        return r.AsByte();
    }

    internal static V CarryLess(V a, V b, int i)
    {
        Vector128<ulong> x = Vector128.CreateScalar(a.AsUInt64()[i & 1]);
        Vector128<ulong> y = Vector128.CreateScalar(b.AsUInt64()[(i >> 4) & 1]);
        return Pclmulqdq.CarrylessMultiply(x, y, 0).AsByte();
    }

    internal static V KeygenAssist(V b, int i)
    {
        Vector128<uint> r = Aes.KeygenAssist(b, 0).AsUInt32();
        uint round = (uint)i;
        return (r ^ Vector128.Create(0u, round, 0u, round)).AsByte();
    }
}
