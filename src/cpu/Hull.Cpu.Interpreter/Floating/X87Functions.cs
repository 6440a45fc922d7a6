namespace Hull.Cpu.Interpreter;

/// <summary>F2XM1, FYL2X, FPTAN, FPATAN, FYL2XP1, FSINCOS, FSIN, FCOS. Source: Intel SDM vol. 1, 8.3.7 to 8.3.10.</summary>
/// <remarks>Aux = the opcode's low four bits. Results are within one unit of the last place, as the manual promises.</remarks>
// SAFETY: op is an operation of the running block.
internal static unsafe class X87Functions
{
    private const int Exp = 0, LogTimes = 1, Tangent = 2, Arctangent = 3, LogPlusOne = 9, SineCosine = 11, Sine = 14;
    private const int C2 = 0x400;

    internal static Op* Run(Cpu c, Op* op)
    {
        if (!X87Moves.Ready(c, op))
        {
            return null;
        }

        bool pair = op->Aux is LogTimes or Arctangent or LogPlusOne;
        c.FpuStatus &= op->Aux is Tangent or >= SineCosine ? unchecked((ushort)~C2) : ushort.MaxValue;
        if (c.IsEmpty(0) || (pair && c.IsEmpty(1)))
        {
            return Missing(c, op, pair);
        }

        if (!pair)
        {
            return op->Aux == Exp ? Power(c, op) : Trigonometric(c, op);
        }

        Real a = Real.FromRegister(c.St(0));
        Real b = Real.FromRegister(c.St(1));
        FloatContext x = c.FpuContext;
        if (!X87Arithmetic.PickNaN(ref x, a, b, out Real result))
        {
            result = op->Aux switch
            {
                LogTimes => RealFunctions.LogTimes(ref x, a, b),
                LogPlusOne => RealFunctions.LogPlusOneTimes(ref x, a, b),
                _ => RealFunctions.Arctangent(ref x, b, a),
            };
        }

        op->Size = 1;
        return X87Arithmetic.Finish(c, op, x, result, 1);
    }

    private static Op* Missing(Cpu c, Op* op, bool pair)
    {
        op->Size = (byte)(pair ? 1 : 0);
        Op* next = X87Arithmetic.Underflow(c, op, pair ? 1 : 0);
        if (op->Aux is Tangent or SineCosine && (c.FpuControl & 1) != 0)
        {
            c.PushFpu(Real.Indefinite.ToRegister());
        }

        return next;
    }

    private static Op* Power(Cpu c, Op* op)
    {
        Real a = Real.FromRegister(c.St(0));
        FloatContext x = c.FpuContext;
        if (!X87Arithmetic.PickNaN(ref x, a, a, out Real result))
        {
            result = RealFunctions.PowerMinusOne(ref x, a);
        }

        return X87Arithmetic.Finish(c, op, x, result, 0);
    }

    private static Op* Trigonometric(Cpu c, Op* op)
    {
        bool two = op->Aux is Tangent or SineCosine;
        FloatContext x = c.FpuContext;
        if (two && !c.IsEmpty(7))
        {
            c.RaiseFpu(FloatContext.Invalid | Cpu.FpuStackFault, true);
            if ((x.Masks & FloatContext.Invalid) != 0)
            {
                c.SetSt(0, Real.Indefinite.ToRegister());
                c.PushFpu(Real.Indefinite.ToRegister());
            }

            return X87Moves.Done(c, op);
        }

        Real a = Real.FromRegister(c.St(0));
        if (a.IsFinite && a.Exponent >= 63)
        {
            c.RaiseFpu(0);
            c.FpuStatus |= C2;
            return X87Moves.Done(c, op);
        }

        if (X87Arithmetic.PickNaN(ref x, a, a, out Real first))
        {
            return FinishPair(c, op, x, first, first, two);
        }

        if (a.IsInfinity)
        {
            x.Flags |= FloatContext.Invalid;
            return FinishPair(c, op, x, Real.Indefinite, Real.Indefinite, two);
        }

        x.Flags |= a.IsDenormal ? FloatContext.Denormal : 0;
        Real second = Real.FromInteger(1);
        switch (op->Aux)
        {
            case Tangent:
                first = RealFunctions.Tangent(ref x, a);
                break;
            case SineCosine:
                second = RealFunctions.Cosine(ref x, a);
                first = RealFunctions.Sine(ref x, a);
                break;
            case Sine:
                first = RealFunctions.Sine(ref x, a);
                break;
            default:
                first = RealFunctions.Cosine(ref x, a);
                break;
        }

        return FinishPair(c, op, x, first, second, two);
    }

    private static Op* FinishPair(Cpu c, Op* op, in FloatContext x, in Real first, in Real second, bool two)
    {
        Op* next = X87Arithmetic.Finish(c, op, x, first, 0);
        if (two && (x.Flags & FloatContext.Before & ~x.Masks) == 0)
        {
            c.PushFpu(second.ToRegister());
        }

        return next;
    }
}
