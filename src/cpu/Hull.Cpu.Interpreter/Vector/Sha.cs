using System.Numerics;
using System.Runtime.Intrinsics;
using V = System.Runtime.Intrinsics.Vector128<byte>;

namespace Hull.Cpu.Interpreter;

/// <summary>The SHA instructions. Source: Intel SDM vol. 2B, SHA1RNDS4 to SHA256RNDS2.</summary>
internal static class Sha
{
    internal static V Sha1NextE(V a, V b)
    {
        Vector128<uint> r = b.AsUInt32();
        return r.WithElement(3, r[3] + BitOperations.RotateLeft(a.AsUInt32()[3], 30)).AsByte();
    }

    internal static V Sha1Msg1(V a, V b)
    {
        Vector128<uint> x = a.AsUInt32();
        Vector128<uint> y = b.AsUInt32();
        return Vector128.Create(x[0] ^ y[2], x[1] ^ y[3], x[2] ^ x[0], x[3] ^ x[1]).AsByte();
    }

    internal static V Sha1Msg2(V a, V b)
    {
        Vector128<uint> x = a.AsUInt32();
        Vector128<uint> y = b.AsUInt32();
        uint w16 = BitOperations.RotateLeft(x[3] ^ y[2], 1);
        uint w17 = BitOperations.RotateLeft(x[2] ^ y[1], 1);
        uint w18 = BitOperations.RotateLeft(x[1] ^ y[0], 1);
        return Vector128.Create(BitOperations.RotateLeft(x[0] ^ w16, 1), w18, w17, w16).AsByte();
    }

    internal static V Sha1Rounds4(V state, V words, int i)
    {
        uint a = state.AsUInt32()[3];
        uint b = state.AsUInt32()[2];
        uint c = state.AsUInt32()[1];
        uint d = state.AsUInt32()[0];
        uint e = 0;
        for (int n = 3; n >= 0; n--)
        {
            (uint f, uint k) = (i & 3) switch
            {
                0 => ((b & c) ^ (~b & d), 0x5A827999u),
                1 => (b ^ c ^ d, 0x6ED9EBA1u),
                2 => ((b & c) ^ (b & d) ^ (c & d), 0x8F1BBCDCu),
                _ => (b ^ c ^ d, 0xCA62C1D6u),
            };
            uint next = f + BitOperations.RotateLeft(a, 5) + words.AsUInt32()[n] + e + k;
            (e, d, c, b, a) = (d, c, BitOperations.RotateLeft(b, 30), a, next);
        }

        return Vector128.Create(d, c, b, a).AsByte();
    }

    private static uint Small(uint x, int p, int q, int shift) =>
        BitOperations.RotateRight(x, p) ^ BitOperations.RotateRight(x, q) ^ (x >> shift);

    internal static V Sha256Msg1(V a, V b)
    {
        Vector128<uint> x = a.AsUInt32();
        uint next = b.AsUInt32()[0];
        return Vector128.Create(
            x[0] + Small(x[1], 7, 18, 3), x[1] + Small(x[2], 7, 18, 3), x[2] + Small(x[3], 7, 18, 3), x[3] + Small(next, 7, 18, 3)).AsByte();
    }

    internal static V Sha256Msg2(V a, V b)
    {
        Vector128<uint> x = a.AsUInt32();
        uint w16 = x[0] + Small(b.AsUInt32()[2], 17, 19, 10);
        uint w17 = x[1] + Small(b.AsUInt32()[3], 17, 19, 10);
        return Vector128.Create(w16, w17, x[2] + Small(w16, 17, 19, 10), x[3] + Small(w17, 17, 19, 10)).AsByte();
    }

    /// <summary>Two rounds: cdgh = destination, abef = source, words = XMM0.</summary>
    internal static V Rounds2(V cdgh, V abef, V words)
    {
        Vector128<uint> x = abef.AsUInt32();
        Vector128<uint> y = cdgh.AsUInt32();
        (uint a, uint b, uint e, uint f) = (x[3], x[2], x[1], x[0]);
        (uint c, uint d, uint g, uint h) = (y[3], y[2], y[1], y[0]);
        for (int n = 0; n < 2; n++)
        {
            uint sum1 = BitOperations.RotateRight(e, 6) ^ BitOperations.RotateRight(e, 11) ^ BitOperations.RotateRight(e, 25);
            uint sum0 = BitOperations.RotateRight(a, 2) ^ BitOperations.RotateRight(a, 13) ^ BitOperations.RotateRight(a, 22);
            uint t = ((e & f) ^ (~e & g)) + sum1 + words.AsUInt32()[n] + h;
            uint next = t + ((a & b) ^ (a & c) ^ (b & c)) + sum0;
            (h, g, f, e, d, c, b, a) = (g, f, e, t + d, c, b, a, next);
        }

        return Vector128.Create(f, e, b, a).AsByte();
    }
}
