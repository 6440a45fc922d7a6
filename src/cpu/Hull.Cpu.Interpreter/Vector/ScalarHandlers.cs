using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using V = System.Runtime.Intrinsics.Vector128<byte>;

namespace Hull.Cpu.Interpreter;

/// <summary>Scalar floating point of SSE and AVX on the usual way: reset modes, inexact noted before, normal numbers only.</summary>
/// <remarks>
/// Each handler is small enough to need no stack frame, and leaves everything else to the handler of <see cref="FloatHandlers"/>
/// for the same operation. Whole registers are written: a narrow store would delay the wide load that often follows.
/// </remarks>
// SAFETY: op is an operation of the running block; register numbers are below 16.
internal static unsafe class ScalarHandlers
{
    // Exponent fields shifted left by one, the sign gone. The smallest normal number is left out: a result may have been rounded up to it.
    private const ulong DoubleMin = 0x0020000000000002, DoubleSpan = 0xFFE0000000000000 - DoubleMin;
    private const uint SingleMin = 0x01000002, SingleSpan = 0xFF000000 - SingleMin;
    private const uint UsualMask = 0xFFC0 | FloatContext.Inexact, Usual = FloatUnit.Masks | FloatContext.Inexact;

    // Inexact noted before, and masked.
    private const uint InexactIsOld = 0x1000 | FloatContext.Inexact;

    // Integers of this many bits are doubles, and singles, without rounding.
    private const long DoubleExact = 1L << 53, SingleExact = 1L << 24;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsNormal(double value) => (BitConverter.DoubleToUInt64Bits(value) << 1) - DoubleMin < DoubleSpan;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsNormal(float value) => (BitConverter.SingleToUInt32Bits(value) << 1) - SingleMin < SingleSpan;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsUsual(Cpu c) => (c.Mxcsr & UsualMask) == Usual;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryCompute<TOp>(Cpu c, Op* op, double b)
        where TOp : IFloat
    {
        V first = VectorHandlers.Xmm(c, op->Aux);
        double a = first.AsDouble().ToScalar();
        double r = TOp.Scalar(a, b);
        bool done = IsUsual(c) && IsNormal(b) && IsNormal(r) && (TOp.Operation == FloatOperation.SquareRoot || IsNormal(a));
        if (done)
        {
            Put(c, op, first.AsDouble().WithElement(0, r).AsByte());
        }

        return done;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryCompute<TOp>(Cpu c, Op* op, float b)
        where TOp : IFloat
    {
        V first = VectorHandlers.Xmm(c, op->Aux);
        float a = first.AsSingle().ToScalar();
        float r = TOp.Scalar(a, b);
        bool done = IsUsual(c) && IsNormal(b) && IsNormal(r) && (TOp.Operation == FloatOperation.SquareRoot || IsNormal(a));
        if (done)
        {
            Put(c, op, first.AsSingle().WithElement(0, r).AsByte());
        }

        return done;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(Cpu c, Op* op, V value)
    {
        VectorHandlers.Xmm(c, op->Dst) = value;
        if ((op->Extra & 2) != 0)
        {
            VectorHandlers.High(c, op->Dst) = default;
        }
    }

    /// <summary>Arithmetic between registers.</summary>
    internal static Op* Register<TOp, TShape>(Cpu c, Op* op)
        where TOp : IFloat
        where TShape : IFloatShape
    {
        ref V b = ref VectorHandlers.Xmm(c, op->Src);
        bool done = TShape.IsDouble ? TryCompute<TOp>(c, op, Unsafe.As<V, double>(ref b)) : TryCompute<TOp>(c, op, Unsafe.As<V, float>(ref b));
        return done ? op + 1 : FloatHandlers.Run<TOp, TShape>(c, op);
    }

    /// <summary>Arithmetic with memory.</summary>
    internal static Op* Memory<TOp, TShape>(Cpu c, Op* op)
        where TOp : IFloat
        where TShape : IFloatShape
    {
        if (op->Mode == 0)
        {
            bool done = TShape.IsDouble
                ? c.Hit(c.Flat(op), out double wide) && TryCompute<TOp>(c, op, wide)
                : c.Hit(c.Flat(op), out float narrow) && TryCompute<TOp>(c, op, narrow);
            if (done)
            {
                return op + 1;
            }
        }

        return FloatHandlers.Run<TOp, TShape>(c, op);
    }

    /// <summary>COMIS and UCOMIS between registers.</summary>
    internal static Op* CompareRegister<TShape>(Cpu c, Op* op)
        where TShape : IFloatShape
    {
        ref V b = ref VectorHandlers.Xmm(c, op->Src);
        bool done = TShape.IsDouble ? TryCompare(c, op, Unsafe.As<V, double>(ref b)) : TryCompare(c, op, Unsafe.As<V, float>(ref b));
        return done ? op + 1 : FloatHandlers.Compare(c, op);
    }

    /// <summary>COMIS and UCOMIS with memory.</summary>
    internal static Op* CompareMemory<TShape>(Cpu c, Op* op)
        where TShape : IFloatShape
    {
        if (op->Mode == 0)
        {
            bool done = TShape.IsDouble
                ? c.Hit(c.Flat(op), out double wide) && TryCompare(c, op, wide)
                : c.Hit(c.Flat(op), out float narrow) && TryCompare(c, op, narrow);
            if (done)
            {
                return op + 1;
            }
        }

        return FloatHandlers.Compare(c, op);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryCompare(Cpu c, Op* op, double b)
    {
        double a = Unsafe.As<V, double>(ref VectorHandlers.Xmm(c, op->Dst));
        bool done = IsNormal(b) && IsNormal(a);
        if (done)
        {
            c.SetOrder(a < b, a == b);
        }

        return done;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryCompare(Cpu c, Op* op, float b)
    {
        float a = Unsafe.As<V, float>(ref VectorHandlers.Xmm(c, op->Dst));
        bool done = IsNormal(b) && IsNormal(a);
        if (done)
        {
            c.SetOrder(a < b, a == b);
        }

        return done;
    }

    /// <summary>CVTSI2SD and CVTSI2SS from a register.</summary>
    internal static Op* FromInteger<TShape>(Cpu c, Op* op)
        where TShape : IFloatShape
    {
        ulong raw = c.Reg(op->Src);
        long value = (op->Extra & 4) != 0 ? (long)raw : (int)raw;
        long limit = TShape.IsDouble ? DoubleExact : SingleExact;
        if ((ulong)(value + limit) > (ulong)(2 * limit))
        {
            return FloatHandlers.FromInteger(c, op);
        }

        V first = VectorHandlers.Xmm(c, op->Aux);
        Put(c, op, TShape.IsDouble ? first.AsDouble().WithElement(0, value).AsByte() : first.AsSingle().WithElement(0, value).AsByte());
        return op + 1;
    }

    /// <summary>CVTTSD2SI and CVTTSS2SI.</summary>
    internal static Op* Truncate<TShape>(Cpu c, Op* op)
        where TShape : IFloatShape
    {
        double value;
        if (op->Bytes == 0)
        {
            ref V b = ref VectorHandlers.Xmm(c, op->Src);
            value = TShape.IsDouble ? Unsafe.As<V, double>(ref b) : Unsafe.As<V, float>(ref b);
        }
        else if (op->Mode != 0)
        {
            return FloatHandlers.ToInteger(c, op);
        }
        else if (TShape.IsDouble ? !c.Hit(c.Flat(op), out value) : !HitSingle(c, op, out value))
        {
            return FloatHandlers.ToInteger(c, op);
        }

        // Only what may not fit, and NaNs, take the other way.
        double limit = op->Size == 8 ? 9223372036854775808.0 : 2147483648.0;
        if ((c.Mxcsr & InexactIsOld) != InexactIsOld || !(Math.Abs(value) < limit))
        {
            return FloatHandlers.ToInteger(c, op);
        }

        long whole = Sse2.X64.ConvertToInt64WithTruncation(Vector128.CreateScalarUnsafe(value));
        c.Reg(op->Dst) = op->Size == 8 ? (ulong)whole : (uint)whole;
        return op + 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool HitSingle(Cpu c, Op* op, out double value)
    {
        bool done = c.Hit(c.Flat(op), out float narrow);
        value = narrow;
        return done;
    }

    /// <summary>CVTSS2SD between registers: always exact.</summary>
    internal static Op* Widen(Cpu c, Op* op)
    {
        float value = Unsafe.As<V, float>(ref VectorHandlers.Xmm(c, op->Src));
        if (!IsNormal(value))
        {
            return FloatHandlers.Lane<ScalarToDoubleLane>(c, op);
        }

        Put(c, op, VectorHandlers.Xmm(c, op->Aux).AsDouble().WithElement(0, value).AsByte());
        return op + 1;
    }

    /// <summary>CVTSD2SS between registers.</summary>
    internal static Op* Narrow(Cpu c, Op* op)
    {
        double value = Unsafe.As<V, double>(ref VectorHandlers.Xmm(c, op->Src));
        float r = (float)value;
        if (!IsUsual(c) || !IsNormal(r))
        {
            return FloatHandlers.Lane<ScalarToSingleLane>(c, op);
        }

        Put(c, op, VectorHandlers.Xmm(c, op->Aux).AsSingle().WithElement(0, r).AsByte());
        return op + 1;
    }
}
