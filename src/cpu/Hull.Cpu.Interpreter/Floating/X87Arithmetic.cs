using Hull.Machine;

namespace Hull.Cpu.Interpreter;

/// <summary>Arithmetic and comparisons of the x87. Source: Intel SDM vol. 1, 8.3, and vol. 2A, FADD to FXTRACT.</summary>
/// <remarks>Extra = <see cref="X87Operand"/>, Src = register, Size = pops, Aux = which operation, Imm = variant.</remarks>
// SAFETY: op is an operation of the running block.
internal static unsafe class X87Arithmetic
{
    private const int C0 = 0x100, C1 = 0x200, C2 = 0x400, C3 = 0x4000;
    private const uint StackFault = FloatContext.Invalid | Cpu.FpuStackFault;

    /// <summary>The NaN that an operation on NaNs gives. Source: Intel SDM vol. 1, table 4-7.</summary>
    internal static bool PickNaN(ref FloatContext x, in Real a, in Real b, out Real result)
    {
        result = Real.Indefinite;
        if (a.Kind == RealKind.Unsupported || b.Kind == RealKind.Unsupported)
        {
            x.Flags |= FloatContext.Invalid;
            return true;
        }

        if (!a.IsNaN && !b.IsNaN)
        {
            return false;
        }

        x.Flags |= a.IsSignaling || b.IsSignaling ? FloatContext.Invalid : 0;
        if (!a.IsNaN || !b.IsNaN)
        {
            result = (a.IsNaN ? a : b).Quiet;
            return true;
        }

        if (a.IsSignaling != b.IsSignaling)
        {
            result = a.IsSignaling ? b : a;
            return true;
        }

        ulong left = a.Significand;
        ulong right = b.Significand;
        result = (left > right || (left == right && !a.Sign) ? a : b).Quiet;
        return true;
    }

    /// <summary>The other operand: memory or a register.</summary>
    private static bool Operand(Cpu c, Op* op, out Real value, out bool isEmpty)
    {
        isEmpty = false;
        if (op->Extra != X87Operand.Register)
        {
            return X87Moves.ReadMemory(c, op, out value);
        }

        isEmpty = c.IsEmpty(op->Src);
        value = Real.FromRegister(c.St(op->Src));
        return true;
    }

    /// <summary>Writes a result if no unmasked exception keeps it away, and pops.</summary>
    internal static Op* Finish(Cpu c, Op* op, in FloatContext x, in Real result, int target)
    {
        bool stays = (x.Flags & FloatContext.Before & ~x.Masks) != 0;
        c.RaiseFpu(
            stays ? x.Flags & (FloatContext.Before | Cpu.FpuStackFault) : x.Flags,
            !stays && x.RoundedUp && (x.Flags & FloatContext.Inexact) != 0);
        if (!stays)
        {
            c.SetSt(target, result.ToRegister());
            for (int i = 0; i < op->Size; i++)
            {
                c.PopFpu();
            }
        }

        return X87Moves.Done(c, op);
    }

    /// <summary>An operand is empty.</summary>
    internal static Op* Underflow(Cpu c, Op* op, int target)
    {
        FloatContext x = c.FpuContext;
        x.Flags = StackFault;
        return Finish(c, op, x, Real.Indefinite, target);
    }

    /// <summary>FADD, FMUL, FSUB, FSUBR, FDIV, FDIVR: Aux = the opcode's field; Imm = 1 when the register is the destination.</summary>
    internal static Op* Binary(Cpu c, Op* op)
    {
        if (!X87Moves.Ready(c, op) || !Operand(c, op, out Real b, out bool isEmpty))
        {
            return null;
        }

        int target = (op->Imm & 3) == 1 ? op->Src : 0;
        if (isEmpty || c.IsEmpty(0))
        {
            return Underflow(c, op, target);
        }

        Real a = Real.FromRegister(c.St(0));
        FloatContext x = c.FpuContext;
        FloatFormat format = c.FpuFormat;
        if (!PickNaN(ref x, a, b, out Real result))
        {
            result = op->Aux switch
            {
                0 => FloatMath.Add(ref x, format, a, b),
                1 => FloatMath.Multiply(ref x, format, a, b),
                4 => FloatMath.Add(ref x, format, a, b.Negated),
                5 => FloatMath.Add(ref x, format, a.Negated, b),
                6 => FloatMath.Divide(ref x, format, a, b),
                _ => FloatMath.Divide(ref x, format, b, a),
            };
        }

        return Finish(c, op, x, result, target);
    }

    /// <summary>FCOM and relatives: Aux = 1 for the unordered ones, Imm = 1 for those that set EFLAGS, 2 for FTST.</summary>
    internal static Op* Compare(Cpu c, Op* op)
    {
        Real b = Real.Zero(false);
        bool isEmpty = false;
        if (!X87Moves.Ready(c, op) || ((op->Imm & 3) != 2 && !Operand(c, op, out b, out isEmpty)))
        {
            return null;
        }

        Real a = Real.FromRegister(c.St(0));
        uint flags = 0;
        int order = 2;
        if (isEmpty || c.IsEmpty(0))
        {
            flags = StackFault;
        }
        else if (a.Kind >= RealKind.NotANumber || b.Kind >= RealKind.NotANumber || a.IsNaN || b.IsNaN)
        {
            bool invalid = op->Aux == 0 || a.IsSignaling || b.IsSignaling || a.Kind == RealKind.Unsupported || b.Kind == RealKind.Unsupported;
            flags = invalid ? FloatContext.Invalid : 0;
        }
        else
        {
            flags = a.IsDenormal || b.IsDenormal ? FloatContext.Denormal : 0;
            order = FloatMath.Compare(a, b);
        }

        // Those that set EFLAGS leave C1 alone.
        c.RaiseFpu(flags, (op->Imm & 3) == 1 && (flags & Cpu.FpuStackFault) == 0 && (c.FpuStatus & C1) != 0);
        SetOrder(c, op, order);
        if ((flags & ~c.FpuControl & 0x3F) != 0)
        {
            return X87Moves.Done(c, op);
        }

        for (int i = 0; i < op->Size; i++)
        {
            c.PopFpu();
        }

        return X87Moves.Done(c, op);
    }

    private static void SetOrder(Cpu c, Op* op, int order)
    {
        if ((op->Imm & 3) == 1)
        {
            c.StatusFlags = order switch
            {
                1 => 0,
                0 => Rf.ZF,
                -1 => Rf.CF,
                _ => Rf.ZF | Rf.PF | Rf.CF,
            };
            return;
        }

        SetConditions(c, order switch
        {
            1 => 0,
            0 => C3,
            -1 => C0,
            _ => C3 | C2 | C0,
        });
    }

    // C0, C2 and C3; C1 belongs to RaiseFpu.
    private static void SetConditions(Cpu c, int bits) => c.FpuStatus = (ushort)((c.FpuStatus & ~(C0 | C2 | C3)) | bits);

    internal static Op* Examine(Cpu c, Op* op)
    {
        if (!X87Moves.Ready(c, op))
        {
            return null;
        }

        Real a = Real.FromRegister(c.St(0));
        int kind = c.IsEmpty(0) ? C3 | C0 : a.Kind switch
        {
            RealKind.Unsupported => 0,
            RealKind.NotANumber => C0,
            RealKind.Infinity => C2 | C0,
            RealKind.Zero => C3,
            _ => a.IsDenormal ? C3 | C2 : C2,
        };
        SetConditions(c, kind);
        c.RaiseFpu(0, (c.St(0).SignExponent & 0x8000) != 0);
        return X87Moves.Done(c, op);
    }

    /// <summary>FCHS and FABS (Aux = 1).</summary>
    internal static Op* Sign(Cpu c, Op* op)
    {
        if (!X87Moves.Ready(c, op))
        {
            return null;
        }

        if (c.IsEmpty(0))
        {
            return Underflow(c, op, 0);
        }

        c.RaiseFpu(0);
        ref FloatingPointRegister top = ref c.St(0);
        top.SignExponent = (ushort)(op->Aux == 1 ? top.SignExponent & 0x7FFF : top.SignExponent ^ 0x8000);
        return X87Moves.Done(c, op);
    }

    /// <summary>FSQRT, FRNDINT (Aux = 1).</summary>
    internal static Op* Unary(Cpu c, Op* op)
    {
        if (!X87Moves.Ready(c, op))
        {
            return null;
        }

        if (c.IsEmpty(0))
        {
            return Underflow(c, op, 0);
        }

        Real a = Real.FromRegister(c.St(0));
        FloatContext x = c.FpuContext;
        if (!PickNaN(ref x, a, a, out Real result))
        {
            if (op->Aux == 0)
            {
                result = FloatMath.SquareRoot(ref x, c.FpuFormat, a);
            }
            else
            {
                x.Flags |= a.IsDenormal ? FloatContext.Denormal : 0;
                result = FloatMath.RoundToIntegral(ref x, a);
            }
        }

        return Finish(c, op, x, result, 0);
    }

    internal static Op* Scale(Cpu c, Op* op)
    {
        if (!X87Moves.Ready(c, op))
        {
            return null;
        }

        if (c.IsEmpty(0) || c.IsEmpty(1))
        {
            return Underflow(c, op, 0);
        }

        Real a = Real.FromRegister(c.St(0));
        Real b = Real.FromRegister(c.St(1));
        FloatContext x = c.FpuContext;
        if (!PickNaN(ref x, a, b, out Real result))
        {
            result = Scaled(ref x, a, b);
        }

        return Finish(c, op, x, result, 0);
    }

    private static Real Scaled(ref FloatContext x, in Real a, in Real b)
    {
        if (b.IsInfinity && (b.Sign ? a.IsInfinity : a.IsZero))
        {
            x.Flags |= FloatContext.Invalid;
            return Real.Indefinite;
        }

        x.Flags |= a.IsDenormal || b.IsDenormal ? FloatContext.Denormal : 0;
        if (!a.IsFinite)
        {
            return a;
        }

        if (b.IsInfinity)
        {
            return b.Sign ? Real.Zero(a.Sign) : Real.Infinity(a.Sign);
        }

        FloatContext cut = new() { Rounding = 3 };
        int steps = !b.IsFinite || b.Exponent < 0 ? 0
            : b.Exponent > 16 ? (b.Sign ? -0x20000 : 0x20000)
            : (int)FloatMath.ToInteger(ref cut, b, 64);
        Real result = x.Round(FloatFormat.Extended, a.Sign, a.Exponent + steps, a.Significand, 0);
        if (!result.IsFinite || (result.Exponent is >= -16382 and <= 16383) || (x.Masks & FloatContext.Underflow) != 0 && result.Exponent < 0)
        {
            return result;
        }

        // Too far away even for the adjusted exponent of an unmasked exception.
        x.Flags |= FloatContext.Inexact;
        x.RoundedUp = steps > 0;
        return steps > 0 ? Real.Infinity(a.Sign) : Real.Zero(a.Sign);
    }

    internal static Op* Extract(Cpu c, Op* op)
    {
        if (!X87Moves.Ready(c, op))
        {
            return null;
        }

        FloatContext x = c.FpuContext;
        bool isEmpty = c.IsEmpty(0);
        if (isEmpty || !c.IsEmpty(7))
        {
            c.RaiseFpu(StackFault, !isEmpty);
            if ((x.Masks & FloatContext.Invalid) != 0)
            {
                c.SetSt(0, Real.Indefinite.ToRegister());
                c.PushFpu(Real.Indefinite.ToRegister());
            }

            return X87Moves.Done(c, op);
        }

        Real a = Real.FromRegister(c.St(0));
        Real exponent;
        if (PickNaN(ref x, a, a, out Real part))
        {
            exponent = part;
        }
        else if (a.IsZero)
        {
            x.Flags |= FloatContext.DivideByZero;
            (exponent, part) = (Real.Infinity(true), a);
        }
        else if (a.IsInfinity)
        {
            (exponent, part) = (Real.Infinity(false), a);
        }
        else
        {
            x.Flags |= a.IsDenormal ? FloatContext.Denormal : 0;
            (exponent, part) = (Real.FromInteger(a.Exponent), new Real(RealKind.Finite, a.Sign, 0, a.Significand));
        }

        c.RaiseFpu(x.Flags);
        if ((x.Flags & FloatContext.Before & ~x.Masks) == 0)
        {
            c.SetSt(0, exponent.ToRegister());
            c.PushFpu(part.ToRegister());
        }

        return X87Moves.Done(c, op);
    }

    /// <summary>FPREM, FPREM1 (Aux = 1): one step takes at most 63 bits off the quotient.</summary>
    internal static Op* Remainder(Cpu c, Op* op)
    {
        if (!X87Moves.Ready(c, op))
        {
            return null;
        }

        c.FpuStatus &= unchecked((ushort)~C2);
        if (c.IsEmpty(0) || c.IsEmpty(1))
        {
            return Underflow(c, op, 0);
        }

        Real a = Real.FromRegister(c.St(0));
        Real b = Real.FromRegister(c.St(1));
        FloatContext x = c.FpuContext;
        int conditions = -1;
        if (!PickNaN(ref x, a, b, out Real result))
        {
            if (a.IsInfinity || b.IsZero)
            {
                x.Flags |= FloatContext.Invalid;
            }
            else
            {
                x.Flags |= a.IsDenormal || b.IsDenormal ? FloatContext.Denormal : 0;
                result = Reduce(ref x, a, b, op->Aux == 1, out conditions);
            }
        }

        bool stays = (x.Flags & FloatContext.Before & ~x.Masks) != 0;
        Op* next = Finish(c, op, x, result, 0);
        if (!stays && conditions >= 0)
        {
            c.FpuStatus = (ushort)((c.FpuStatus & ~(C0 | C1 | C2 | C3)) | conditions);
        }

        return next;
    }

    private static Real Reduce(ref FloatContext x, in Real a, in Real b, bool nearest, out int conditions)
    {
        conditions = 0;
        int distance = a.Exponent - b.Exponent;
        if (!a.IsFinite || b.IsInfinity || distance < (nearest ? -1 : 0))
        {
            return x.Round(FloatFormat.Extended, a);
        }

        bool whole = distance < 64;
        int shift = whole ? distance : 32 + (distance & 31);
        UInt128 dividend = shift < 0 ? a.Significand : (UInt128)a.Significand << shift;
        UInt128 divisor = shift < 0 ? (UInt128)b.Significand << 1 : b.Significand;
        UInt128 quotient = dividend / divisor;
        UInt128 rest = dividend - (quotient * divisor);
        bool sign = a.Sign;
        if (whole && nearest && (rest << 1 > divisor || (rest << 1 == divisor && (quotient & UInt128.One) != UInt128.Zero)))
        {
            quotient++;
            rest = divisor - rest;
            sign = !sign;
        }

        uint bits = (uint)(ulong)quotient;
        conditions = whole ? ((bits & 4) != 0 ? C0 : 0) | ((bits & 2) != 0 ? C3 : 0) | ((bits & 1) != 0 ? C1 : 0) : C2;
        if (rest == UInt128.Zero)
        {
            return Real.Zero(a.Sign);
        }

        // The divisor's lowest bit counts 2^(b.Exponent - 63), half of that where it was doubled.
        int zeros = (int)UInt128.LeadingZeroCount(rest);
        UInt128 aligned = rest << zeros;
        int scale = (shift < 0 ? a.Exponent : b.Exponent) + (whole ? 0 : distance - shift);
        return x.Round(FloatFormat.Extended, sign, scale + 64 - zeros, (ulong)(aligned >> 64), (ulong)aligned);
    }
}
