using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using V = System.Runtime.Intrinsics.Vector128<byte>;

namespace Hull.Cpu.Interpreter;

/// <summary>Floating point instructions of SSE and AVX: the host's arithmetic where it is certain to agree, exact arithmetic otherwise.</summary>
/// <remarks>Operands as in <see cref="VectorHandlers"/>; Aux = first source; Extra bit 1 = VEX, which clears or computes the upper lane.</remarks>
// SAFETY: op is an operation of the running block; register numbers are below 16.
internal static unsafe class FloatHandlers
{
    private const ulong DoubleMin = 0x0020000000000000, DoubleSpan = 0xFFE0000000000000 - DoubleMin;
    private const uint SingleMin = 0x01000000, SingleSpan = 0xFF000000 - SingleMin;

    /// <summary>A computation on one lane that notes its exceptions.</summary>
    internal interface ILane
    {
        static abstract V Apply(ref FloatContext x, V a, V b, int i);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsRegular(double value)
    {
        ulong bits = BitConverter.DoubleToUInt64Bits(value) << 1;
        return bits == 0 || bits - DoubleMin < DoubleSpan;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsRegular(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value) << 1;
        return bits == 0 || bits - SingleMin < SingleSpan;
    }

    private static bool AreRegular<TShape>(V value)
        where TShape : IFloatShape
    {
        if (TShape.IsDouble)
        {
            Vector128<ulong> bits = value.AsUInt64() << 1;
            Vector128<ulong> normal = Vector128.LessThan(bits - Vector128.Create(DoubleMin), Vector128.Create(DoubleSpan));
            return (normal | Vector128.Equals(bits, Vector128<ulong>.Zero)) == Vector128<ulong>.AllBitsSet;
        }

        Vector128<uint> words = value.AsUInt32() << 1;
        Vector128<uint> regular = Vector128.LessThan(words - Vector128.Create(SingleMin), Vector128.Create(SingleSpan));
        return (regular | Vector128.Equals(words, Vector128<uint>.Zero)) == Vector128<uint>.AllBitsSet;
    }

    private static bool AnyZero<TShape>(V value)
        where TShape : IFloatShape => TShape.IsDouble
            ? Vector128.Equals(value.AsUInt64() << 1, Vector128<ulong>.Zero) != Vector128<ulong>.Zero
            : Vector128.Equals(value.AsUInt32() << 1, Vector128<uint>.Zero) != Vector128<uint>.Zero;

    // A product or quotient that is zero may have been rounded to it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool ZeroIsExact<TOp>()
        where TOp : IFloat => TOp.Operation is not (FloatOperation.Multiply or FloatOperation.Divide);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool NeverRounds<TOp>()
        where TOp : IFloat => TOp.Operation is FloatOperation.Minimum or FloatOperation.Maximum;

    /// <summary>The usual case: normal numbers, default modes, and nothing new to note.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryHost<TOp, TShape>(Cpu c, V a, V b, out V r)
        where TOp : IFloat
        where TShape : IFloatShape
    {
        r = a;
        if (!NeverRounds<TOp>() && !FloatUnit.IsDefault(c))
        {
            return false;
        }

        if (TShape.IsScalar)
        {
            return TShape.IsDouble ? TryDouble<TOp>(c, a, b, ref r) : TrySingle<TOp>(c, a, b, ref r);
        }

        if (!NeverRounds<TOp>() && !FloatUnit.HasInexact(c))
        {
            return false;
        }

        r = TOp.Packed<TShape>(a, b);
        return AreRegular<TShape>(b) && (TOp.Operation == FloatOperation.SquareRoot || AreRegular<TShape>(a)) && AreRegular<TShape>(r)
            && (ZeroIsExact<TOp>() || !AnyZero<TShape>(r));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryDouble<TOp>(Cpu c, V a, V b, ref V r)
        where TOp : IFloat
    {
        double left = a.AsDouble()[0];
        double right = b.AsDouble()[0];
        double result = TOp.Scalar(left, right);
        r = a.AsDouble().WithElement(0, result).AsByte();
        return IsRegular(right) && (TOp.Operation == FloatOperation.SquareRoot || IsRegular(left)) && IsRegular(result)
            && (ZeroIsExact<TOp>() || result != 0)
            && (NeverRounds<TOp>() || FloatUnit.HasInexact(c) || TOp.IsExact(left, right, result));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TrySingle<TOp>(Cpu c, V a, V b, ref V r)
        where TOp : IFloat
    {
        float left = a.AsSingle()[0];
        float right = b.AsSingle()[0];
        float result = TOp.Scalar(left, right);
        r = a.AsSingle().WithElement(0, result).AsByte();
        return IsRegular(right) && (TOp.Operation == FloatOperation.SquareRoot || IsRegular(left)) && IsRegular(result)
            && (ZeroIsExact<TOp>() || result != 0)
            && (NeverRounds<TOp>() || FloatUnit.HasInexact(c) || TOp.IsExact(left, right, result));
    }

    /// <summary>Element by element, exactly.</summary>
    private readonly struct ExactLane<TOp, TShape> : ILane
        where TOp : IFloat
        where TShape : IFloatShape
    {
        public static V Apply(ref FloatContext x, V a, V b, int i)
        {
            int count = TShape.IsScalar ? 1 : TShape.IsDouble ? 2 : 4;
            for (int n = 0; n < count; n++)
            {
                a = TShape.IsDouble
                    ? a.AsUInt64().WithElement(n, FloatUnit.Compute(TOp.Operation, ref x, FloatFormat.Double, a.AsUInt64()[n], b.AsUInt64()[n])).AsByte()
                    : a.AsUInt32().WithElement(n, (uint)FloatUnit.Compute(TOp.Operation, ref x, FloatFormat.Single, a.AsUInt32()[n], b.AsUInt32()[n])).AsByte();
            }

            return a;
        }
    }

    /// <summary>ADD, SUB, MUL, DIV, MIN, MAX, SQRT in all shapes.</summary>
    internal static Op* Run<TOp, TShape>(Cpu c, Op* op)
        where TOp : IFloat
        where TShape : IFloatShape
    {
        if (op->Size == 32)
        {
            return Wide<TOp, TShape>(c, op);
        }

        if (!VectorHandlers.Source(c, op, out V b))
        {
            return null;
        }

        V a = VectorHandlers.Xmm(c, op->Aux);
        if (!TryHost<TOp, TShape>(c, a, b, out V r))
        {
            FloatContext x = FloatUnit.Context(c);
            r = ExactLane<TOp, TShape>.Apply(ref x, a, b, 0);
            if (!FloatUnit.Commit(c, op, x))
            {
                return null;
            }
        }

        VectorHandlers.Xmm(c, op->Dst) = r;
        if ((op->Extra & 2) != 0)
        {
            VectorHandlers.High(c, op->Dst) = default;
        }

        return op + 1;
    }

    private static Op* Wide<TOp, TShape>(Cpu c, Op* op)
        where TOp : IFloat
        where TShape : IFloatShape
    {
        if (!VectorHandlers.Source256(c, op, out V low, out V high))
        {
            return null;
        }

        V a = VectorHandlers.Xmm(c, op->Aux);
        V h = VectorHandlers.High(c, op->Aux);
        if (!TryHost<TOp, TShape>(c, a, low, out V r) || !TryHost<TOp, TShape>(c, h, high, out V s))
        {
            FloatContext x = FloatUnit.Context(c);
            r = ExactLane<TOp, TShape>.Apply(ref x, a, low, 0);
            s = ExactLane<TOp, TShape>.Apply(ref x, h, high, 0);
            if (!FloatUnit.Commit(c, op, x))
            {
                return null;
            }
        }

        VectorHandlers.Xmm(c, op->Dst) = r;
        VectorHandlers.High(c, op->Dst) = s;
        return op + 1;
    }

    /// <summary>Everything else that rounds or compares, exactly.</summary>
    internal static Op* Lane<TLane>(Cpu c, Op* op)
        where TLane : ILane
    {
        V low;
        V high = default;
        if (op->Size == 32 ? !VectorHandlers.Source256(c, op, out low, out high) : !VectorHandlers.Source(c, op, out low))
        {
            return null;
        }

        FloatContext x = FloatUnit.Context(c);
        V r = TLane.Apply(ref x, VectorHandlers.Xmm(c, op->Aux), low, (int)op->Imm);
        V s = op->Size == 32 ? TLane.Apply(ref x, VectorHandlers.High(c, op->Aux), high, (int)op->Imm) : default;
        if (!FloatUnit.Commit(c, op, x))
        {
            return null;
        }

        VectorHandlers.Xmm(c, op->Dst) = r;
        if ((op->Extra & 2) != 0)
        {
            VectorHandlers.High(c, op->Dst) = s;
        }

        return op + 1;
    }

    /// <summary>VDPPS: the steps of both lanes go together.</summary>
    internal static Op* DotSingle(Cpu c, Op* op)
    {
        if (op->Size != 32)
        {
            return Lane<DotSingleLane>(c, op);
        }

        if (!VectorHandlers.Source256(c, op, out V low, out V high))
        {
            return null;
        }

        FloatContext x = FloatUnit.Context(c);
        V r = VectorHandlers.Xmm(c, op->Aux);
        V s = VectorHandlers.High(c, op->Aux);
        DotSingleLane.ApplyBoth(ref x, ref r, ref s, low, high, (int)op->Imm);
        if (!FloatUnit.Commit(c, op, x))
        {
            return null;
        }

        VectorHandlers.Xmm(c, op->Dst) = r;
        VectorHandlers.High(c, op->Dst) = s;
        return op + 1;
    }

    /// <summary>COMIS and UCOMIS: Aux = 1 for double; Imm = 1 when a quiet NaN signals too.</summary>
    internal static Op* Compare(Cpu c, Op* op)
    {
        if (!VectorHandlers.Source(c, op, out V b))
        {
            return null;
        }

        V a = VectorHandlers.Xmm(c, op->Dst);
        bool isDouble = op->Aux == 1;
        double left = isDouble ? a.AsDouble()[0] : a.AsSingle()[0];
        double right = isDouble ? b.AsDouble()[0] : b.AsSingle()[0];
        bool usual = isDouble ? IsRegular(left) && IsRegular(right) : IsRegular(a.AsSingle()[0]) && IsRegular(b.AsSingle()[0]);
        int order = left.CompareTo(right);
        if (!usual)
        {
            FloatContext x = FloatUnit.Context(c);
            order = isDouble
                ? FloatUnit.Order(ref x, FloatFormat.Double, a.AsUInt64()[0], b.AsUInt64()[0], op->Imm == 1)
                : FloatUnit.Order(ref x, FloatFormat.Single, a.AsUInt32()[0], b.AsUInt32()[0], op->Imm == 1);
            if (!FloatUnit.Commit(c, op, x))
            {
                return null;
            }
        }

        c.StatusFlags = order switch
        {
            1 => 0,
            0 => Rf.ZF,
            -1 => Rf.CF,
            _ => Rf.ZF | Rf.PF | Rf.CF,
        };
        return op + 1;
    }

    /// <summary>CVTSI2SS and CVTSI2SD: Imm = 1 for double, Bytes or Extra bit 2 = 8-byte integers.</summary>
    internal static Op* FromInteger(Cpu c, Op* op)
    {
        ulong raw = 0;
        bool wide = (op->Extra & 4) != 0;
        if (op->Bytes == 0)
        {
            raw = c.GetSized(op->Src, wide ? 8 : 4);
        }
        else if (!(wide ? c.Load<ulong>(op, c.Ea(op), out raw) : c.Load<uint>(op, c.Ea(op), out raw)))
        {
            return null;
        }

        long value = wide ? (long)raw : (int)raw;
        FloatContext x = FloatUnit.Context(c);
        V first = VectorHandlers.Xmm(c, op->Aux);
        first = op->Imm == 1
            ? first.AsUInt64().WithElement(0, !wide ? BitConverter.DoubleToUInt64Bits(value) : FloatUnit.FromInteger(ref x, FloatFormat.Double, value)).AsByte()
            : first.AsUInt32().WithElement(0, (uint)FloatUnit.FromInteger(ref x, FloatFormat.Single, value)).AsByte();
        if (x.Flags != 0 && !FloatUnit.Commit(c, op, x))
        {
            return null;
        }

        VectorHandlers.Xmm(c, op->Dst) = first;
        if ((op->Extra & 2) != 0)
        {
            VectorHandlers.High(c, op->Dst) = default;
        }

        return op + 1;
    }

    /// <summary>CVT(T)SS2SI and CVT(T)SD2SI: Aux bit 0 = double, bit 1 = truncate; Dst = general register offset, Size = its bytes.</summary>
    internal static Op* ToInteger(Cpu c, Op* op)
    {
        if (!VectorHandlers.Source(c, op, out V b))
        {
            return null;
        }

        double value = (op->Aux & 1) != 0 ? b.AsDouble()[0] : b.AsSingle()[0];
        if (Math.Abs(value) < 2147483648.0 && (int)value == value && BitConverter.DoubleToUInt64Bits(value) != 1ul << 63)
        {
            c.SetSized(op->Dst, op->Size, (ulong)(int)value);
            return op + 1;
        }

        FloatContext x = FloatUnit.Context(c);
        x.Rounding = (op->Aux & 2) != 0 ? 3 : x.Rounding;
        long result = (op->Aux & 1) != 0
            ? FloatUnit.ToInteger(ref x, FloatFormat.Double, b.AsUInt64()[0], op->Size * 8)
            : FloatUnit.ToInteger(ref x, FloatFormat.Single, b.AsUInt32()[0], op->Size * 8);
        if (!FloatUnit.Commit(c, op, x))
        {
            return null;
        }

        c.SetSized(op->Dst, op->Size, (ulong)result);
        return op + 1;
    }
}
