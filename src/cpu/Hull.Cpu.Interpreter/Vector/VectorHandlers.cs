using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Hull.Machine;

namespace Hull.Cpu.Interpreter;

/// <summary>What a vector instruction computes on one 128-bit lane: a = first source (destination in SSE), b = r/m, i = immediate.</summary>
internal interface IVec
{
    static abstract Vector128<byte> Apply(Vector128<byte> a, Vector128<byte> b, int i);
}

/// <summary>Moves operands of SSE and AVX instructions.</summary>
/// <remarks>Dst, Src, Aux = register numbers; Bytes = memory bytes (0 = register); Extra bit 0 = aligned memory only; Size = 32 for 256 bits.</remarks>
// SAFETY: op is an operation of the running block; register numbers are below 16.
internal static unsafe class VectorHandlers
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ref Vector128<byte> Xmm(Cpu c, int number) =>
        ref Unsafe.AddByteOffset(ref Unsafe.As<VectorRegisters, Vector128<byte>>(ref c.V), number * 32);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ref Vector128<byte> High(Cpu c, int number) =>
        ref Unsafe.AddByteOffset(ref Unsafe.As<VectorRegisters, Vector128<byte>>(ref c.V), (number * 32) + 16);

    /// <summary>Reads the r/m operand: a register, or memory of 1 to 16 bytes, zero-extended.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool Source(Cpu c, Op* op, out Vector128<byte> value)
    {
        if (op->Bytes == 0)
        {
            value = Xmm(c, op->Src);
            return true;
        }

        return SourceMemory(c, op, c.Ea(op), op->Bytes, out value);
    }

    internal static bool SourceMemory(Cpu c, Op* op, ulong at, int bytes, out Vector128<byte> value)
    {
        value = default;
        switch (bytes)
        {
            case 16:
                if ((op->Extra & 1) != 0 && (at & 15) != 0)
                {
                    return c.Raise(op, Vec.GP, 0);
                }

                return c.Read(op, at, out value);
            case 8:
                bool done = c.Read(op, at, out ulong eight);
                value = Vector128.CreateScalar(eight).AsByte();
                return done;
            case 4:
                done = c.Read(op, at, out uint four);
                value = Vector128.CreateScalar(four).AsByte();
                return done;
            case 2:
                done = c.Read(op, at, out ushort two);
                value = Vector128.CreateScalar(two).AsByte();
                return done;
            default:
                done = c.Read(op, at, out byte one);
                value = Vector128.CreateScalar(one);
                return done;
        }
    }

    /// <summary>Legacy form: destination = op(destination, r/m).</summary>
    internal static Op* Sse<TOp>(Cpu c, Op* op)
        where TOp : IVec
    {
        if (!Source(c, op, out Vector128<byte> b))
        {
            return null;
        }

        ref Vector128<byte> a = ref Xmm(c, op->Dst);
        a = TOp.Apply(a, b, (int)op->Imm);
        return op + 1;
    }

    /// <summary>MASKMOVDQU: writes the bytes whose mask has its top bit set to DS:[(R)DI].</summary>
    internal static Op* StoreMasked(Cpu c, Op* op)
    {
        ulong offset = op->Extra == 8 ? c.Reg(Rg.DI) : op->Extra == 4 ? (uint)c.Reg(Rg.DI) : (ushort)c.Reg(Rg.DI);
        Vector128<byte> value = Xmm(c, op->Dst);
        uint mask = Xmm(c, op->Src).ExtractMostSignificantBits();

        // All sixteen bytes must be writable, whatever the mask; the upper half is tried first.
        ulong at = c.StringLinear(op->Segment, offset, 16, true);
        ulong upper = c.StringLinear(op->Segment, op->Extra == 8 ? offset + 8 : op->Extra == 4 ? (uint)(offset + 8) : (ushort)(offset + 8), 8, true);
        if (!c.RmwBegin<ulong>(op, upper, out _) || !c.RmwBegin<ulong>(op, at, out _))
        {
            return null;
        }

        for (int i = 0; i < 16; i++)
        {
            if ((mask >> i & 1) != 0 && !c.Write(op, i < 8 ? at + (ulong)i : upper + (ulong)i - 8, value[i]))
            {
                return null;
            }
        }

        return op + 1;
    }

    /// <summary>VEX form: destination = op(vvvv, r/m), lane by lane.</summary>
    internal static Op* Avx<TOp>(Cpu c, Op* op)
        where TOp : IVec
    {
        Vector128<byte> high = default;
        if (op->Size == 32)
        {
            if (!Source256(c, op, out Vector128<byte> low, out high))
            {
                return null;
            }

            high = TOp.Apply(High(c, op->Aux), high, (int)op->Imm);
            Xmm(c, op->Dst) = TOp.Apply(Xmm(c, op->Aux), low, (int)op->Imm);
        }
        else
        {
            if (!Source(c, op, out Vector128<byte> b))
            {
                return null;
            }

            Xmm(c, op->Dst) = TOp.Apply(Xmm(c, op->Aux), b, (int)op->Imm);
        }

        High(c, op->Dst) = high;
        return op + 1;
    }

    internal static bool Source256(Cpu c, Op* op, out Vector128<byte> low, out Vector128<byte> high)
    {
        if (op->Bytes == 0)
        {
            low = Xmm(c, op->Src);
            high = High(c, op->Src);
            return true;
        }

        ulong at = c.Ea(op);
        high = default;
        low = default;
        if ((op->Extra & 1) != 0 && (at & 31) != 0)
        {
            return c.Raise(op, Vec.GP, 0);
        }

        bool done = c.Read(op, at, out Vector256<byte> whole);
        low = whole.GetLower();
        high = whole.GetUpper();
        return done;
    }

    /// <summary>Stores 4, 8, 16 or 32 bytes of a register; registers as target copy (Aux = 1: scalar copy keeps the rest).</summary>
    internal static Op* Store(Cpu c, Op* op)
    {
        ulong at = c.Ea(op);
        ref Vector128<byte> value = ref Xmm(c, op->Dst);
        if ((op->Extra & 1) != 0 && (at & (ulong)(op->Bytes - 1)) != 0)
        {
            return c.Fault(op, Vec.GP);
        }

        bool done = op->Bytes switch
        {
            4 => c.Write(op, at, value.AsUInt32()[0]),
            8 => c.Write(op, at, value.AsUInt64()[op->Aux]),
            16 => c.Write(op, at, value),
            _ => c.Write(op, at, Vector256.Create(value, High(c, op->Dst))),
        };
        return done ? op + 1 : null;
    }

    /// <summary>MOVD, MOVQ to a general register or memory: Size = 4 or 8.</summary>
    internal static Op* ToGeneral(Cpu c, Op* op)
    {
        ulong value = Xmm(c, op->Dst).AsUInt64()[0];
        if (op->Bytes != 0)
        {
            bool done = op->Size == 8 ? c.Write(op, c.Ea(op), value) : c.Write(op, c.Ea(op), (uint)value);
            return done ? op + 1 : null;
        }

        c.SetSized(op->Src, op->Size, value);
        return op + 1;
    }

    /// <summary>MOVD, MOVQ from a general register or memory.</summary>
    internal static Op* FromGeneral(Cpu c, Op* op)
    {
        ulong value = 0;
        if (op->Bytes == 0)
        {
            value = c.GetSized(op->Src, op->Size);
        }
        else if (!(op->Size == 8 ? c.Load<ulong>(op, c.Ea(op), out value) : c.Load<uint>(op, c.Ea(op), out value)))
        {
            return null;
        }

        Xmm(c, op->Dst) = Vector128.CreateScalar(value).AsByte();
        if (op->Extra == 2)
        {
            High(c, op->Dst) = default;
        }

        return op + 1;
    }

    /// <summary>MOVMSKPS, MOVMSKPD, PMOVMSKB by Aux (0, 1, 2).</summary>
    internal static Op* MoveMask(Cpu c, Op* op)
    {
        uint mask = Mask(Xmm(c, op->Src), op->Aux);
        if (op->Size == 32)
        {
            mask |= Mask(High(c, op->Src), op->Aux) << (op->Aux == 0 ? 4 : op->Aux == 1 ? 2 : 16);
        }

        c.Reg(op->Dst) = mask;
        return op + 1;
    }

    private static uint Mask(Vector128<byte> v, int kind) => kind switch
    {
        0 => v.AsSingle().ExtractMostSignificantBits(),
        1 => v.AsDouble().ExtractMostSignificantBits(),
        _ => v.ExtractMostSignificantBits(),
    };

    /// <summary>MOVHLPS, MOVHPS and the like: loads 8 bytes into half Aux.</summary>
    internal static Op* LoadHalf(Cpu c, Op* op)
    {
        if (!c.Read(op, c.Ea(op), out ulong value))
        {
            return null;
        }

        ref Vector128<byte> target = ref Xmm(c, op->Dst);
        target = target.AsUInt64().WithElement(op->Aux, value).AsByte();
        return op + 1;
    }

    /// <summary>PEXTRB, PEXTRW, PEXTRD, PEXTRQ: Size = bytes; Imm = which.</summary>
    internal static Op* Extract(Cpu c, Op* op)
    {
        Vector128<byte> v = Xmm(c, op->Dst);
        int i = (int)op->Imm;
        ulong value = op->Size switch
        {
            1 => v[i & 15],
            2 => v.AsUInt16()[i & 7],
            4 => v.AsUInt32()[i & 3],
            _ => v.AsUInt64()[i & 1],
        };
        if (op->Bytes != 0)
        {
            return c.WriteBytes(op, c.Ea(op), &value, op->Size) ? op + 1 : null;
        }

        c.Reg(op->Src) = value;
        return op + 1;
    }

    /// <summary>PINSRB, PINSRW, PINSRD, PINSRQ.</summary>
    internal static Op* Insert(Cpu c, Op* op)
    {
        ulong value = 0;
        if (op->Bytes == 0)
        {
            value = c.Reg(op->Src);
        }
        else if (!c.ReadBytes(op, c.Ea(op), &value, op->Size))
        {
            return null;
        }

        ref Vector128<byte> v = ref Xmm(c, op->Dst);
        int i = (int)op->Imm;
        v = op->Size switch
        {
            1 => v.WithElement(i & 15, (byte)value),
            2 => v.AsUInt16().WithElement(i & 7, (ushort)value).AsByte(),
            4 => v.AsUInt32().WithElement(i & 3, (uint)value).AsByte(),
            _ => v.AsUInt64().WithElement(i & 1, value).AsByte(),
        };
        return op + 1;
    }

    /// <summary>PTEST.</summary>
    internal static Op* TestBits(Cpu c, Op* op)
    {
        if (!Source(c, op, out Vector128<byte> b))
        {
            return null;
        }

        Vector128<byte> a = Xmm(c, op->Dst);
        c.StatusFlags = ((a & b) == Vector128<byte>.Zero ? Rf.ZF : 0) | ((~a & b) == Vector128<byte>.Zero ? Rf.CF : 0);
        return op + 1;
    }
}
