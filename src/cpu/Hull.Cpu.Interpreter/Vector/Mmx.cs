using System.Runtime.Intrinsics;
using Hull.Machine;
using V = System.Runtime.Intrinsics.Vector128<byte>;

namespace Hull.Cpu.Interpreter;

/// <summary>MMX: the operations of SSE on 64 bits, in the significands of the x87's registers. Source: Intel SDM vol. 1, chapter 9.</summary>
/// <remarks>Dst, Src = register numbers; Bytes = memory bytes (0 = register); Aux = how a 128-bit operation serves 64 bits.</remarks>
// SAFETY: op is an operation of the running block; register numbers are below 8.
internal static unsafe class Mmx
{
    /// <summary>Values of Aux: on the low half; on both operands as one; the high half of an unpack; PSHUFB; PALIGNR.</summary>
    internal const byte Plain = 0, Joined = 1, UpperHalf = 2, Shuffle = 3, Align = 4;

    private static bool Ready(Cpu c, Op* op) => X87Moves.Ready(c, op);

    /// <summary>Every MMX instruction makes the whole stack valid and begins it at 0.</summary>
    internal static void Enter(Cpu c)
    {
        c.SetTop(0);
        c.FpuTags = 0xFF;
    }

    private static ulong Get(Cpu c, int number) => c.Fp[number].Significand;

    private static Op* Put(Cpu c, Op* op, int number, ulong value)
    {
        Enter(c);
        c.Fp[number] = new FloatingPointRegister { Significand = value, SignExponent = 0xFFFF };
        return op + 1;
    }

    private static bool Source(Cpu c, Op* op, out ulong value)
    {
        value = 0;
        switch (op->Bytes)
        {
            case 0:
                value = Get(c, op->Src);
                return true;
            case 4:
                return c.Load<uint>(op, c.Ea(op), out value);
            default:
                return c.Load<ulong>(op, c.Ea(op), out value);
        }
    }

    private static V Wide(ulong low, ulong high = 0) => Vector128.Create(low, high).AsByte();

    internal static Op* Lane<TOp>(Cpu c, Op* op)
        where TOp : IVec
    {
        if (!Ready(c, op) || !Source(c, op, out ulong b))
        {
            return null;
        }

        ulong a = Get(c, op->Dst);
        int i = (int)op->Imm;
        V result = op->Aux switch
        {
            Joined => TOp.Apply(Wide(a, b), default, i),
            Shuffle => TOp.Apply(Wide(a), Wide(b & 0x8787878787878787), i),
            Align => Shuffles.Align(default, Wide(b, a), i),
            _ => TOp.Apply(Wide(a), Wide(b), i),
        };
        return Put(c, op, op->Dst, result.AsUInt64()[op->Aux == UpperHalf ? 1 : 0]);
    }

    /// <summary>MOVD and MOVQ from a general register or memory: Size = 4 or 8.</summary>
    internal static Op* FromGeneral(Cpu c, Op* op)
    {
        ulong value = 0;
        if (!Ready(c, op) || (op->Bytes != 0 && !Source(c, op, out value)))
        {
            return null;
        }

        return Put(c, op, op->Dst, op->Bytes != 0 ? value : c.GetSized(op->Src, op->Size));
    }

    /// <summary>MOVD and MOVQ to a general register.</summary>
    internal static Op* ToGeneral(Cpu c, Op* op)
    {
        if (!Ready(c, op))
        {
            return null;
        }

        c.SetSized(op->Src, op->Size, Get(c, op->Dst));
        Enter(c);
        return op + 1;
    }

    /// <summary>MOVD, MOVQ and MOVNTQ to memory.</summary>
    internal static Op* Store(Cpu c, Op* op)
    {
        if (!Ready(c, op))
        {
            return null;
        }

        // The stack begins at 0 even when the write faults.
        ulong value = Get(c, op->Dst);
        c.SetTop(0);
        bool done = op->Bytes == 4 ? c.Write(op, c.Ea(op), (uint)value) : c.Write(op, c.Ea(op), value);
        if (!done)
        {
            return null;
        }

        Enter(c);
        return op + 1;
    }

    internal static Op* MoveMask(Cpu c, Op* op)
    {
        if (!Ready(c, op))
        {
            return null;
        }

        c.Reg(op->Dst) = Wide(Get(c, op->Src)).ExtractMostSignificantBits();
        Enter(c);
        return op + 1;
    }

    /// <summary>PEXTRW: Dst = general register's offset.</summary>
    internal static Op* Extract(Cpu c, Op* op)
    {
        if (!Ready(c, op))
        {
            return null;
        }

        c.Reg(op->Dst) = (ushort)(Get(c, op->Src) >> (int)((op->Imm & 3) * 16));
        Enter(c);
        return op + 1;
    }

    /// <summary>PINSRW: Src = general register's offset.</summary>
    internal static Op* Insert(Cpu c, Op* op)
    {
        ushort value = 0;
        if (!Ready(c, op) || (op->Bytes != 0 && !c.Read(op, c.Ea(op), out value)))
        {
            return null;
        }

        value = op->Bytes != 0 ? value : (ushort)c.Reg(op->Src);
        int at = (int)(op->Imm & 3) * 16;
        return Put(c, op, op->Dst, (Get(c, op->Dst) & ~(0xFFFFul << at)) | ((ulong)value << at));
    }

    internal static Op* Empty(Cpu c, Op* op)
    {
        if (!Ready(c, op))
        {
            return null;
        }

        c.SetTop(0);
        c.FpuTags = 0;
        return op + 1;
    }

    /// <summary>MASKMOVQ: writes the bytes whose mask has its top bit set to DS:[(R)DI].</summary>
    internal static Op* StoreMasked(Cpu c, Op* op)
    {
        if (!Ready(c, op))
        {
            return null;
        }

        ulong offset = op->Extra == 8 ? c.Reg(Rg.DI) : op->Extra == 4 ? (uint)c.Reg(Rg.DI) : (ushort)c.Reg(Rg.DI);
        ulong value = Get(c, op->Dst);
        ulong mask = Get(c, op->Src);
        Enter(c);

        // All eight bytes must be writable, whatever the mask.
        ulong at = c.StringLinear(op->Segment, offset, 8, true);
        if (!c.RmwBegin<ulong>(op, at, out _))
        {
            return null;
        }

        for (int i = 0; i < 8; i++)
        {
            if ((mask >> ((i * 8) + 7) & 1) != 0 && !c.Write(op, at + (ulong)i, (byte)(value >> (i * 8))))
            {
                return null;
            }
        }

        return op + 1;
    }

    /// <summary>MOVQ2DQ.</summary>
    internal static Op* ToVector(Cpu c, Op* op)
    {
        if (!Ready(c, op))
        {
            return null;
        }

        VectorHandlers.Xmm(c, op->Dst) = Wide(Get(c, op->Src));
        Enter(c);
        return op + 1;
    }

    /// <summary>MOVDQ2Q.</summary>
    internal static Op* FromVector(Cpu c, Op* op) =>
        Ready(c, op) ? Put(c, op, op->Dst, VectorHandlers.Xmm(c, op->Src).AsUInt64()[0]) : null;

    /// <summary>CVTPI2PS and, with Imm = 1, CVTPI2PD; they leave the x87 alone when they read memory.</summary>
    internal static Op* ToFloat(Cpu c, Op* op)
    {
        if (!Source(c, op, out ulong b) || (op->Bytes == 0 && !Ready(c, op)))
        {
            return null;
        }

        if (op->Bytes == 0)
        {
            Enter(c);
        }

        FloatContext x = FloatUnit.Context(c);
        ref V target = ref VectorHandlers.Xmm(c, op->Dst);
        if (op->Imm == 1)
        {
            target = Vector128.Create((double)(int)b, (int)(b >> 32)).AsByte();
        }
        else
        {
            ulong low = FloatUnit.FromInteger(ref x, FloatFormat.Single, (int)b);
            ulong high = FloatUnit.FromInteger(ref x, FloatFormat.Single, (int)(b >> 32));
            if (!FloatUnit.Commit(c, op, x))
            {
                return null;
            }

            target = target.AsUInt64().WithElement(0, low | (high << 32)).AsByte();
        }

        return op + 1;
    }

    /// <summary>CVT(T)PS2PI and CVT(T)PD2PI: Aux bit 0 = double, bit 1 = truncate.</summary>
    internal static Op* FromFloat(Cpu c, Op* op)
    {
        if (!Ready(c, op) || !VectorHandlers.Source(c, op, out V b))
        {
            return null;
        }

        Enter(c);
        FloatContext x = FloatUnit.Context(c);
        x.Rounding = (op->Aux & 2) != 0 ? 3 : x.Rounding;
        bool wide = (op->Aux & 1) != 0;
        uint low = (uint)FloatUnit.ToInteger(ref x, wide ? FloatFormat.Double : FloatFormat.Single, wide ? b.AsUInt64()[0] : b.AsUInt32()[0], 32);
        uint high = (uint)FloatUnit.ToInteger(ref x, wide ? FloatFormat.Double : FloatFormat.Single, wide ? b.AsUInt64()[1] : b.AsUInt32()[1], 32);
        return FloatUnit.Commit(c, op, x) ? Put(c, op, op->Dst, low | ((ulong)high << 32)) : null;
    }
}
