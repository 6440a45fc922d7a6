using System.Runtime.Intrinsics;
using V = System.Runtime.Intrinsics.Vector128<byte>;

namespace Hull.Cpu.Interpreter;

/// <summary>FMA: a product and a sum with one rounding. Source: Intel SDM vol. 2C, VFMADD132PD to VFNMSUB231SS.</summary>
/// <remarks>Dst, Aux, Src = the three operands; Size = 32 for 256 bits; Imm = the form, see the constants.</remarks>
// SAFETY: op is an operation of the running block; register numbers are below 16.
internal static unsafe class FusedHandlers
{
    /// <summary>Bits 0 and 1: which operand is added: 0 the second, 1 the third, 2 the first; then element and signs.</summary>
    internal const int IsDouble = 4, IsScalar = 8, TurnsProduct = 16, TurnsEven = 32, TurnsOdd = 64;

    internal static Op* Run(Cpu c, Op* op)
    {
        V high = default;
        if (!(op->Size == 32 ? VectorHandlers.Source256(c, op, out V low, out high) : VectorHandlers.Source(c, op, out low)))
        {
            return null;
        }

        // The host's own instruction where nothing new can be noted.
        bool usual = FloatUnit.IsDefault(c) && FloatUnit.HasInexact(c);
        FloatContext x = FloatUnit.Context(c);
        V r = Half(ref x, usual, (int)op->Imm, VectorHandlers.Xmm(c, op->Dst), VectorHandlers.Xmm(c, op->Aux), low);
        V s = op->Size == 32 ? Half(ref x, usual, (int)op->Imm, VectorHandlers.High(c, op->Dst), VectorHandlers.High(c, op->Aux), high) : default;
        if (x.Flags != 0 && !FloatUnit.Commit(c, op, x))
        {
            return null;
        }

        VectorHandlers.Xmm(c, op->Dst) = r;
        VectorHandlers.High(c, op->Dst) = s;
        return op + 1;
    }

    private static V Half(ref FloatContext x, bool usual, int form, V first, V second, V third)
    {
        (V a, V b, V sum) = (form & 3) switch
        {
            0 => (first, third, second),
            1 => (second, first, third),
            _ => (second, third, first),
        };
        bool isDouble = (form & IsDouble) != 0;
        int count = (form & IsScalar) != 0 ? 1 : isDouble ? 2 : 4;
        V r = first;
        for (int n = 0; n < count; n++)
        {
            bool turnsSum = (form & ((n & 1) != 0 ? TurnsOdd : TurnsEven)) != 0;
            r = isDouble
                ? r.AsUInt64().WithElement(n, Double(ref x, usual, form, turnsSum, a.AsUInt64()[n], b.AsUInt64()[n], sum.AsUInt64()[n])).AsByte()
                : r.AsUInt32().WithElement(n, Single(ref x, usual, form, turnsSum, a.AsUInt32()[n], b.AsUInt32()[n], sum.AsUInt32()[n])).AsByte();
        }

        return r;
    }

    private static ulong Double(ref FloatContext x, bool usual, int form, bool turnsSum, ulong a, ulong b, ulong sum)
    {
        const ulong Sign = 1ul << 63, Smallest = 0x0010000000000000;
        bool turnsProduct = (form & TurnsProduct) != 0;
        if (usual && FloatFormat.Double.IsRegular(a) && FloatFormat.Double.IsRegular(b) && FloatFormat.Double.IsRegular(sum))
        {
            ulong result = BitConverter.DoubleToUInt64Bits(Math.FusedMultiplyAdd(
                BitConverter.UInt64BitsToDouble(turnsProduct ? a ^ Sign : a),
                BitConverter.UInt64BitsToDouble(b),
                BitConverter.UInt64BitsToDouble(turnsSum ? sum ^ Sign : sum)));
            if ((result & ~Sign) > Smallest && FloatFormat.Double.IsRegular(result))
            {
                return result;
            }
        }

        return FloatUnit.Fused(ref x, FloatFormat.Double, turnsProduct, turnsSum, a, b, sum);
    }

    private static uint Single(ref FloatContext x, bool usual, int form, bool turnsSum, uint a, uint b, uint sum)
    {
        const uint Sign = 1u << 31, Smallest = 0x00800000;
        bool turnsProduct = (form & TurnsProduct) != 0;
        if (usual && FloatFormat.Single.IsRegular(a) && FloatFormat.Single.IsRegular(b) && FloatFormat.Single.IsRegular(sum))
        {
            uint result = BitConverter.SingleToUInt32Bits(MathF.FusedMultiplyAdd(
                BitConverter.UInt32BitsToSingle(turnsProduct ? a ^ Sign : a),
                BitConverter.UInt32BitsToSingle(b),
                BitConverter.UInt32BitsToSingle(turnsSum ? sum ^ Sign : sum)));
            if ((result & ~Sign) > Smallest && FloatFormat.Single.IsRegular(result))
            {
                return result;
            }
        }

        return (uint)FloatUnit.Fused(ref x, FloatFormat.Single, turnsProduct, turnsSum, a, b, sum);
    }
}
