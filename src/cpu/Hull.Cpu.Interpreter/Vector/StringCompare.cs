using System.Numerics;
using System.Runtime.Intrinsics;

namespace Hull.Cpu.Interpreter;

/// <summary>PCMPESTRM, PCMPESTRI, PCMPISTRM, PCMPISTRI by Aux (0 to 3). Source: Intel SDM vol. 2B, 4.1.</summary>
// SAFETY: op is an operation of the running block.
internal static unsafe class StringCompare
{
    internal static Op* Run(Cpu c, Op* op)
    {
        if (!VectorHandlers.Source(c, op, out Vector128<byte> b))
        {
            return null;
        }

        Vector128<byte> a = VectorHandlers.Xmm(c, op->Dst);
        int i = (int)op->Imm;
        int count = (i & 1) != 0 ? 8 : 16;
        bool isExplicit = op->Aux < 2;
        int lengthA = isExplicit ? Given(c, Rg.AX, op->Size, count) : Terminated(a, i, count);
        int lengthB = isExplicit ? Given(c, Rg.DX, op->Size, count) : Terminated(b, i, count);
        uint result = Polarize(Aggregate(a, b, i, count, lengthA, lengthB), i, count, lengthB);
        Deliver(c, op, result, i, count);
        c.StatusFlags = (result != 0 ? Rf.CF : 0) | (lengthB < count ? Rf.ZF : 0) | (lengthA < count ? Rf.SF : 0)
            | ((result & 1) != 0 ? Rf.OF : 0);
        return op + 1;
    }

    private static int Given(Cpu c, int register, int size, int count)
    {
        long value = size == 8 ? (long)c.Reg(register) : (int)c.Reg(register);
        return value <= -count || value >= count ? count : (int)Math.Abs(value);
    }

    private static int Terminated(Vector128<byte> v, int i, int count)
    {
        int n = 0;
        while (n < count && Element(v, i, n) != 0)
        {
            n++;
        }

        return n;
    }

    private static int Element(Vector128<byte> v, int i, int n) => (i & 3) switch
    {
        0 => v[n],
        1 => v.AsUInt16()[n],
        2 => (sbyte)v[n],
        _ => v.AsInt16()[n],
    };

    private static uint Aggregate(Vector128<byte> a, Vector128<byte> b, int i, int count, int lengthA, int lengthB)
    {
        uint result = 0;
        for (int j = 0; j < count; j++)
        {
            result |= Holds(a, b, i, count, lengthA, lengthB, j) ? 1u << j : 0;
        }

        return result;
    }

    private static bool Holds(Vector128<byte> a, Vector128<byte> b, int i, int count, int lengthA, int lengthB, int j)
    {
        bool valid = j < lengthB;
        switch ((i >> 2) & 3)
        {
            case 0:
                for (int k = 0; valid && k < lengthA; k++)
                {
                    if (Element(a, i, k) == Element(b, i, j))
                    {
                        return true;
                    }
                }

                return false;
            case 1:
                for (int k = 0; valid && k + 1 < lengthA; k += 2)
                {
                    if (Element(a, i, k) <= Element(b, i, j) && Element(b, i, j) <= Element(a, i, k + 1))
                    {
                        return true;
                    }
                }

                return false;
            case 2:
                return j < lengthA == valid && (!valid || Element(a, i, j) == Element(b, i, j));
            default:
                for (int k = 0; k < lengthA && j + k < count; k++)
                {
                    if (j + k >= lengthB || Element(a, i, k) != Element(b, i, j + k))
                    {
                        return false;
                    }
                }

                return true;
        }
    }

    private static uint Polarize(uint result, int i, int count, int lengthB) => ((i >> 4) & 3) switch
    {
        1 => result ^ ((1u << count) - 1),
        3 => result ^ ((1u << lengthB) - 1),
        _ => result,
    };

    private static void Deliver(Cpu c, Op* op, uint result, int i, int count)
    {
        bool last = (i & 0x40) != 0;
        if ((op->Aux & 1) != 0)
        {
            c.Reg(Rg.CX) = result == 0 ? (ulong)count
                : last ? (ulong)BitOperations.Log2(result) : (ulong)BitOperations.TrailingZeroCount(result);
            return;
        }

        Vector128<byte> mask = Vector128.CreateScalar(result).AsByte();
        if (last)
        {
            mask = default;
            for (int n = 0; n < count; n++)
            {
                if ((result >> n & 1) != 0)
                {
                    mask = count == 8 ? mask.AsUInt16().WithElement(n, ushort.MaxValue).AsByte() : mask.WithElement(n, byte.MaxValue);
                }
            }
        }

        VectorHandlers.Xmm(c, 0) = mask;
        if ((op->Extra & 2) != 0)
        {
            VectorHandlers.High(c, 0) = default;
        }
    }
}
