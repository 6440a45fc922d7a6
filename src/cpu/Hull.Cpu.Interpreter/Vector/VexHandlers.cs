using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using V = System.Runtime.Intrinsics.Vector128<byte>;

namespace Hull.Cpu.Interpreter;

/// <summary>Instructions that only AVX and AVX2 have. Source: Intel SDM vol. 2, the page of the mnemonic.</summary>
/// <remarks>Dst, Src, Aux = register numbers; Size = 32 for 256 bits; every result clears what is above it.</remarks>
// SAFETY: op is an operation of the running block; register numbers are below 16; buffers hold 32 bytes.
internal static unsafe class VexHandlers
{
    private static Op* Put(Cpu c, Op* op, V low, V high)
    {
        VectorHandlers.Xmm(c, op->Dst) = low;
        VectorHandlers.High(c, op->Dst) = high;
        return op + 1;
    }

    private static bool Source(Cpu c, Op* op, out V low, out V high)
    {
        high = default;
        return op->Size == 32 ? VectorHandlers.Source256(c, op, out low, out high) : VectorHandlers.Source(c, op, out low);
    }

    private static V Upper(V value, int bytes) => Shuffles.Align(default, value, bytes);

    /// <summary>No AVX: #UD, or #NM where the system only has not restored the state yet.</summary>
    internal static Op* Missing(Cpu c, Op* op) =>
        c.Fault(op, (c.Cr4 & Cr.OSXSAVE) != 0 && (c.Xcr0 & 6) == 6 ? Vec.NM : Vec.UD);

    /// <summary>The upper lane has an immediate of its own: bits 8 and up of Imm say how far it is shifted.</summary>
    internal static Op* Split<TOp>(Cpu c, Op* op)
        where TOp : IVec
    {
        if (!Source(c, op, out V low, out V high))
        {
            return null;
        }

        int i = (int)op->Imm & 0xFF;
        low = TOp.Apply(VectorHandlers.Xmm(c, op->Aux), low, i);
        high = op->Size == 32 ? TOp.Apply(VectorHandlers.High(c, op->Aux), high, i >> (int)(op->Imm >> 8)) : default;
        return Put(c, op, low, high);
    }

    /// <summary>Shifts by a count in the low lane of the second operand.</summary>
    internal static Op* ShiftAll<TOp>(Cpu c, Op* op)
        where TOp : IVec
    {
        if (!VectorHandlers.Source(c, op, out V count))
        {
            return null;
        }

        V low = TOp.Apply(VectorHandlers.Xmm(c, op->Aux), count, 0);
        V high = op->Size == 32 ? TOp.Apply(VectorHandlers.High(c, op->Aux), count, 0) : default;
        return Put(c, op, low, high);
    }

    /// <summary>Shifts by an immediate: the destination is vvvv.</summary>
    internal static Op* ShiftImmediate<TOp>(Cpu c, Op* op)
        where TOp : IVec
    {
        V low = TOp.Apply(default, VectorHandlers.Xmm(c, op->Src), (int)op->Imm);
        V high = op->Size == 32 ? TOp.Apply(default, VectorHandlers.High(c, op->Src), (int)op->Imm) : default;
        return Put(c, op, low, high);
    }

    /// <summary>Elements that grow: Imm source bytes make one lane.</summary>
    internal static Op* Extend<TOp>(Cpu c, Op* op)
        where TOp : IVec
    {
        if (!VectorHandlers.Source(c, op, out V b))
        {
            return null;
        }

        V high = op->Size == 32 ? TOp.Apply(default, Upper(b, (int)op->Imm), 0) : default;
        return Put(c, op, TOp.Apply(default, b, 0), high);
    }

    /// <summary>The same for conversions that note exceptions; 8 source bytes make one lane.</summary>
    internal static Op* Widen<TLane>(Cpu c, Op* op)
        where TLane : FloatHandlers.ILane => VectorHandlers.Source(c, op, out V b) ? Widened<TLane>(c, op, b) : null;

    /// <summary>VCVTPH2PS, whose operand is never checked for alignment.</summary>
    internal static Op* FromHalf(Cpu c, Op* op)
    {
        if (op->Bytes != 8)
        {
            return Widen<HalfToSingleLane>(c, op);
        }

        ulong bits;
        return Read(c, op, c.Ea(op), (byte*)&bits, sizeof(ulong)) ? Widened<HalfToSingleLane>(c, op, Vector128.CreateScalar(bits).AsByte()) : null;
    }

    private static Op* Widened<TLane>(Cpu c, Op* op, V b)
        where TLane : FloatHandlers.ILane
    {

        FloatContext x = FloatUnit.Context(c);
        V low = TLane.Apply(ref x, default, b, 0);
        V high = op->Size == 32 ? TLane.Apply(ref x, default, Upper(b, 8), 0) : default;
        return FloatUnit.Commit(c, op, x) ? Put(c, op, low, high) : null;
    }

    /// <summary>Conversions whose result has half the bits.</summary>
    internal static Op* Narrow<TLane>(Cpu c, Op* op)
        where TLane : FloatHandlers.ILane
    {
        if (!Source(c, op, out V low, out V high))
        {
            return null;
        }

        FloatContext x = FloatUnit.Context(c);
        V r = TLane.Apply(ref x, default, low, (int)op->Imm);
        if (op->Size == 32)
        {
            V s = TLane.Apply(ref x, default, high, (int)op->Imm);
            r = Vector128.Create(r.AsUInt64()[0], s.AsUInt64()[0]).AsByte();
        }

        return FloatUnit.Commit(c, op, x) ? Put(c, op, r, default) : null;
    }

    /// <summary>VBROADCASTxx and VPBROADCASTx: Imm = bytes of the element.</summary>
    internal static Op* Broadcast(Cpu c, Op* op)
    {
        if (!VectorHandlers.Source(c, op, out V b))
        {
            return null;
        }

        V low = op->Imm switch
        {
            1 => Vector128.Create(b[0]),
            2 => Vector128.Create(b.AsUInt16()[0]).AsByte(),
            4 => Vector128.Create(b.AsUInt32()[0]).AsByte(),
            8 => Vector128.Create(b.AsUInt64()[0]).AsByte(),
            _ => b,
        };
        return Put(c, op, low, op->Size == 32 ? low : default);
    }

    /// <summary>VINSERTx128.</summary>
    internal static Op* InsertLane(Cpu c, Op* op)
    {
        if (!VectorHandlers.Source(c, op, out V b))
        {
            return null;
        }

        bool upper = (op->Imm & 1) != 0;
        return Put(c, op, upper ? VectorHandlers.Xmm(c, op->Aux) : b, upper ? b : VectorHandlers.High(c, op->Aux));
    }

    /// <summary>VEXTRACTx128: Dst = the register read, Src = the one written.</summary>
    internal static Op* ExtractLane(Cpu c, Op* op)
    {
        V value = (op->Imm & 1) != 0 ? VectorHandlers.High(c, op->Dst) : VectorHandlers.Xmm(c, op->Dst);
        if (op->Bytes != 0)
        {
            return c.Write(op, c.Ea(op), value) ? op + 1 : null;
        }

        VectorHandlers.Xmm(c, op->Src) = value;
        VectorHandlers.High(c, op->Src) = default;
        return op + 1;
    }

    /// <summary>VPERM2x128.</summary>
    internal static Op* PermuteLanes(Cpu c, Op* op)
    {
        if (!Source(c, op, out V low, out V high))
        {
            return null;
        }

        V firstLow = VectorHandlers.Xmm(c, op->Aux);
        V firstHigh = VectorHandlers.High(c, op->Aux);
        int i = (int)op->Imm;
        return Put(c, op, Pick(i), Pick(i >> 4));

        V Pick(int choice) => (choice & 8) != 0 ? default : (choice & 3) switch
        {
            0 => firstLow,
            1 => firstHigh,
            2 => low,
            _ => high,
        };
    }

    /// <summary>VPERMQ and VPERMPD: four numbers of two bits in Imm.</summary>
    internal static Op* PermuteQuads(Cpu c, Op* op)
    {
        if (!Source(c, op, out V low, out V high))
        {
            return null;
        }

        ulong* quads = stackalloc ulong[4];
        low.Store((byte*)quads);
        high.Store((byte*)(quads + 2));
        int i = (int)op->Imm;
        V first = Vector128.Create(quads[i & 3], quads[i >> 2 & 3]).AsByte();
        V second = Vector128.Create(quads[i >> 4 & 3], quads[i >> 6 & 3]).AsByte();
        return Put(c, op, first, second);
    }

    /// <summary>VPERMD and VPERMPS: the first source holds the numbers.</summary>
    internal static Op* PermuteWords(Cpu c, Op* op)
    {
        if (!Source(c, op, out V low, out V high))
        {
            return null;
        }

        uint* words = stackalloc uint[8];
        low.Store((byte*)words);
        high.Store((byte*)(words + 4));
        V first = VectorHandlers.Xmm(c, op->Aux);
        V second = VectorHandlers.High(c, op->Aux);
        return Put(c, op, Pick(first.AsUInt32(), words), Pick(second.AsUInt32(), words));

        static V Pick(Vector128<uint> numbers, uint* words) =>
            Vector128.Create(words[numbers[0] & 7], words[numbers[1] & 7], words[numbers[2] & 7], words[numbers[3] & 7]).AsByte();
    }

    /// <summary>VBLENDVPx and VPBLENDVB: Imm = the mask's register, Extra's bits 2 and 3 = element (1 byte, 4, 8).</summary>
    internal static Op* BlendVariable(Cpu c, Op* op)
    {
        if (!Source(c, op, out V low, out V high))
        {
            return null;
        }

        int mask = (int)op->Imm;
        int kind = op->Extra >> 2;
        low = Blend(VectorHandlers.Xmm(c, op->Aux), low, VectorHandlers.Xmm(c, mask), kind);
        high = op->Size == 32 ? Blend(VectorHandlers.High(c, op->Aux), high, VectorHandlers.High(c, mask), kind) : default;
        return Put(c, op, low, high);
    }

    private static V Blend(V a, V b, V mask, int kind) => kind switch
    {
        0 => Sse41.BlendVariable(a, b, mask),
        1 => Sse41.BlendVariable(a.AsSingle(), b.AsSingle(), mask.AsSingle()).AsByte(),
        _ => Sse41.BlendVariable(a.AsDouble(), b.AsDouble(), mask.AsDouble()).AsByte(),
    };

    /// <summary>VPTEST, VTESTPS, VTESTPD: Imm = 0, 4 or 8, the element whose sign counts.</summary>
    internal static Op* Test(Cpu c, Op* op)
    {
        if (!Source(c, op, out V low, out V high))
        {
            return null;
        }

        V mask = op->Imm == 0 ? V.AllBitsSet : op->Imm == 4 ? Vector128.Create(0x80000000).AsByte() : Vector128.Create(1ul << 63).AsByte();
        V a = VectorHandlers.Xmm(c, op->Dst);
        V h = op->Size == 32 ? VectorHandlers.High(c, op->Dst) : default;
        V both = ((a & low) | (h & high)) & mask;
        V rest = ((~a & low) | (~h & high)) & mask;
        c.StatusFlags = (both == V.Zero ? Rf.ZF : 0) | (rest == V.Zero ? Rf.CF : 0);
        return op + 1;
    }

    /// <summary>VMASKMOVPx and VPMASKMOVx, loads: Imm = 4 or 8 bytes; the mask is the first source.</summary>
    internal static Op* LoadMasked(Cpu c, Op* op)
    {
        byte* mask = stackalloc byte[32];
        byte* result = stackalloc byte[32];
        VectorHandlers.Xmm(c, op->Aux).Store(mask);
        VectorHandlers.High(c, op->Aux).Store(mask + 16);
        V.Zero.Store(result);
        V.Zero.Store(result + 16);
        int size = (int)op->Imm;
        ulong at = c.Ea(op);
        for (int i = 0; i < op->Size; i += size)
        {
            if ((mask[i + size - 1] & 0x80) != 0 && !Read(c, op, at + (ulong)i, result + i, size))
            {
                return null;
            }
        }

        return Put(c, op, Vector128.Load(result), Vector128.Load(result + 16));
    }

    /// <summary>The stores: the chosen elements' first and last bytes are checked before anything is written, so that CR2 is one of both.</summary>
    internal static Op* StoreMasked(Cpu c, Op* op)
    {
        byte* mask = stackalloc byte[32];
        byte* value = stackalloc byte[32];
        VectorHandlers.Xmm(c, op->Aux).Store(mask);
        VectorHandlers.High(c, op->Aux).Store(mask + 16);
        VectorHandlers.Xmm(c, op->Dst).Store(value);
        VectorHandlers.High(c, op->Dst).Store(value + 16);
        int size = (int)op->Imm;
        ulong at = c.Ea(op);
        int first = -1;
        int end = 0;
        for (int i = 0; i < op->Size; i += size)
        {
            if ((mask[i + size - 1] & 0x80) != 0)
            {
                first = first < 0 ? i : first;
                end = i + size;
            }
        }

        if (first >= 0 && !(c.CheckWrite(op, at + (ulong)first, 1) && c.CheckWrite(op, at + (ulong)(end - 1), 1)))
        {
            return null;
        }

        for (int i = 0; i < end; i += size)
        {
            if ((mask[i + size - 1] & 0x80) != 0 && !Write(c, op, at + (ulong)i, value + i, size))
            {
                return null;
            }
        }

        return op + 1;
    }

    /// <summary>VZEROUPPER and, with Size = 32, VZEROALL.</summary>
    internal static Op* Zero(Cpu c, Op* op)
    {
        for (int i = 0; i < (c.Code64 ? 16 : 8); i++)
        {
            VectorHandlers.High(c, i) = default;
            if (op->Size == 32)
            {
                VectorHandlers.Xmm(c, i) = default;
            }
        }

        return op + 1;
    }

    /// <summary>
    /// Gathers: Aux = mask register, Index = index register's number, Extra bit 2 = 8-byte indices, Imm = element bytes,
    /// Size = bytes of the result. Elements done lose their mask, so that a fault can be served and the rest done later.
    /// </summary>
    internal static Op* Gather(Cpu c, Op* op)
    {
        int size = (int)op->Imm & 15;
        int index = (int)(op->Imm >> 8);
        bool wideIndex = (op->Extra & 4) != 0;
        int count = Math.Min(op->Size / size, op->Size / (wideIndex ? 8 : 4));
        byte* mask = stackalloc byte[32];
        byte* value = stackalloc byte[32];
        byte* indices = stackalloc byte[32];
        VectorHandlers.Xmm(c, op->Aux).Store(mask);
        VectorHandlers.High(c, op->Aux).Store(mask + 16);
        VectorHandlers.Xmm(c, op->Dst).Store(value);
        VectorHandlers.High(c, op->Dst).Store(value + 16);
        VectorHandlers.Xmm(c, index).Store(indices);
        VectorHandlers.High(c, index).Store(indices + 16);
        bool done = true;
        bool any = false;
        for (int i = 0; i < count && done; i++)
        {
            if ((mask[(i * size) + size - 1] & 0x80) != 0)
            {
                long offset = wideIndex ? ((long*)indices)[i] : ((int*)indices)[i];
                ulong at = c.Linear(op, c.Reg(op->Base) + ((ulong)offset << op->Scale) + (ulong)(long)op->Disp);
                ulong element = 0;
                done = Read(c, op, at, (byte*)&element, size);
                new Span<byte>(&element, done ? size : 0).CopyTo(new Span<byte>(value + (i * size), size));
                any |= done;
            }

            if (done)
            {
                new Span<byte>(mask + (i * size), size).Clear();
            }
            else
            {
                Spread(mask, i, op->Size / size, size);
                new Span<byte>(value + op->Size, any ? 32 - op->Size : 0).Clear();
            }
        }

        if (done)
        {
            new Span<byte>(mask, 32).Clear();
            new Span<byte>(value + (count * size), 32 - (count * size)).Clear();
        }

        VectorHandlers.Xmm(c, op->Aux) = Vector128.Load(mask);
        VectorHandlers.High(c, op->Aux) = Vector128.Load(mask + 16);
        VectorHandlers.Xmm(c, op->Dst) = Vector128.Load(value);
        VectorHandlers.High(c, op->Dst) = Vector128.Load(value + 16);
        if (!done && any && (c.FlagsRest & Rf.TF) != 0)
        {
            c.TrapInside(op); // what was gathered is trapped first; the fault comes again
        }

        return done ? op + 1 : null;
    }

    // Elements of masked accesses are never checked for alignment: in two parts they have none.
    private static bool Read(Cpu c, Op* op, ulong at, byte* to, int size) => (c.FlagsRest & Rf.AC) == 0
        ? c.ReadBytes(op, at, to, size)
        : c.ReadBytes(op, at, to, 1) && c.ReadBytes(op, at + 1, to + 1, size - 1);

    private static bool Write(Cpu c, Op* op, ulong at, byte* from, int size) => (c.FlagsRest & Rf.AC) == 0
        ? c.WriteBytes(op, at, from, size)
        : c.WriteBytes(op, at, from, 1) && c.WriteBytes(op, at + 1, from + 1, size - 1);

    private static bool Check(Cpu c, Op* op, ulong at, int size) => (c.FlagsRest & Rf.AC) == 0
        ? c.CheckWrite(op, at, size)
        : c.CheckWrite(op, at, 1) && c.CheckWrite(op, at + 1, size - 1);

    // After a fault the elements that are left have masks of all bits or none, and nothing stands above the register's used part.
    private static void Spread(byte* mask, int first, int count, int size)
    {
        for (int i = first; i < count; i++)
        {
            new Span<byte>(mask + (i * size), size).Fill((byte)((mask[(i * size) + size - 1] & 0x80) != 0 ? 0xFF : 0));
        }

        new Span<byte>(mask + (count * size), 32 - (count * size)).Clear();
    }

    /// <summary>A two-operand form of SSE into a third register: MOVLPS, MOVHPS from memory; Imm = which half is replaced.</summary>
    internal static Op* LoadHalf(Cpu c, Op* op)
    {
        if (!c.Read(op, c.Ea(op), out ulong value))
        {
            return null;
        }

        V first = VectorHandlers.Xmm(c, op->Aux);
        return Put(c, op, first.AsUInt64().WithElement((int)op->Imm, value).AsByte(), default);
    }

    /// <summary>VPINSRx: Aux = first source, Imm = which and, above bit 8, the element's bytes.</summary>
    internal static Op* Insert(Cpu c, Op* op)
    {
        ulong value = 0;
        int size = (int)(op->Imm >> 8);
        if (op->Bytes == 0)
        {
            value = c.Reg(op->Src);
        }
        else if (!c.ReadBytes(op, c.Ea(op), &value, size))
        {
            return null;
        }

        V v = VectorHandlers.Xmm(c, op->Aux);
        int i = (int)op->Imm & 0xFF;
        v = size switch
        {
            1 => v.WithElement(i & 15, (byte)value),
            2 => v.AsUInt16().WithElement(i & 7, (ushort)value).AsByte(),
            4 => v.AsUInt32().WithElement(i & 3, (uint)value).AsByte(),
            _ => v.AsUInt64().WithElement(i & 1, value).AsByte(),
        };
        return Put(c, op, v, default);
    }

    /// <summary>VCVTPS2PH: Dst = the register read, Src = the one written; Imm = rounding.</summary>
    internal static Op* ToHalf(Cpu c, Op* op)
    {
        FloatContext x = FloatUnit.Context(c);
        V low = SingleToHalfLane.Apply(ref x, default, VectorHandlers.Xmm(c, op->Dst), (int)op->Imm);
        V high = op->Size == 32 ? SingleToHalfLane.Apply(ref x, default, VectorHandlers.High(c, op->Dst), (int)op->Imm) : default;
        V value = Vector128.Create(low.AsUInt64()[0], high.AsUInt64()[0]).AsByte();
        if (!FloatUnit.Commit(c, op, x))
        {
            return null;
        }

        if (op->Bytes != 0)
        {
            ulong at = c.Ea(op);
            ulong half = value.AsUInt64()[0];
            bool written = op->Bytes == 16 ? c.Write(op, at, value) : Check(c, op, at, sizeof(ulong)) && Write(c, op, at, (byte*)&half, sizeof(ulong));
            return written ? op + 1 : null;
        }

        VectorHandlers.Xmm(c, op->Src) = value;
        VectorHandlers.High(c, op->Src) = default;
        return op + 1;
    }
}
