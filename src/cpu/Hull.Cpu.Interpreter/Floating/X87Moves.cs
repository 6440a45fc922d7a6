using Hull.Machine;

namespace Hull.Cpu.Interpreter;

/// <summary>What an x87 instruction reads or writes; the value of Extra.</summary>
internal static class X87Operand
{
    internal const byte Register = 0, Single = 1, Double = 2, Extended = 3, Int16 = 4, Int32 = 5, Int64 = 6, Decimal = 7, Constant = 8;
}

/// <summary>Loads, stores and exchanges of the x87. Source: Intel SDM vol. 2A, FLD to FXCH.</summary>
/// <remarks>Extra = <see cref="X87Operand"/>, Src = register, Size = 1 pops, Aux = variant.</remarks>
// SAFETY: op is an operation of the running block.
internal static unsafe class X87Moves
{
    private static ReadOnlySpan<ulong> ConstantSignificands =>
        [0x8000000000000000, 0xD49A784BCD1B8AFE, 0xB8AA3B295C17F0BB, 0xC90FDAA22168C234, 0x9A209A84FBCFF798, 0xB17217F7D1CF79AB, 0];

    private static ReadOnlySpan<ulong> ConstantRests =>
        [0, 0x492F6AF0D7A9FF7E, 0xBE87FED0691D3E88, 0xC4C6628B80DC1CD1, 0xFC32D6E3D2D9DBBD, 0xC9E3B39803F2F6AF, 0];

    private static ReadOnlySpan<int> ConstantExponents => [0, 1, 0, 1, -2, -1, 0];

    /// <summary>Starts a waiting instruction: an exception that is pending comes first.</summary>
    internal static bool Ready(Cpu c, Op* op)
    {
        if ((c.FpuStatus & 0x80) != 0)
        {
            c.Fault(op, Vec.MF);
            return false;
        }

        return true;
    }

    /// <summary>Ends an instruction that the environment remembers: its 11 opcode bits are in Imm, above the variant.</summary>
    internal static Op* Done(Cpu c, Op* op)
    {
        c.FpuInstruction = c.WrapRip(c.Reg(Rg.Block) + op->Start);
        if ((c.FpuStatus & 0x80) != 0)
        {
            // Opcode and operand are remembered for unmasked exceptions only, as CPUID says.
            c.FpuOpcode = (ushort)(op->Imm >> 8);
            c.FpuData = op->Bytes == 0 ? c.FpuData : c.Offset(op);
        }

        return op + 1;
    }

    /// <summary>Reads a number from memory.</summary>
    internal static bool ReadMemory(Cpu c, Op* op, out Real value)
    {
        value = default;
        ulong raw;
        ulong at = c.Ea(op);
        switch (op->Extra)
        {
            case X87Operand.Single:
                if (!c.Load<uint>(op, at, out raw))
                {
                    return false;
                }

                value = FloatFormat.Single.Unpack(raw);
                return true;
            case X87Operand.Double:
                if (!c.Load<ulong>(op, at, out raw))
                {
                    return false;
                }

                value = FloatFormat.Double.Unpack(raw);
                return true;
            default:
                bool done = op->Extra switch
                {
                    X87Operand.Int16 => c.Load<ushort>(op, at, out raw),
                    X87Operand.Int32 => c.Load<uint>(op, at, out raw),
                    _ => c.Load<ulong>(op, at, out raw),
                };
                value = Real.FromInteger(op->Extra == X87Operand.Int16 ? (short)raw : op->Extra == X87Operand.Int32 ? (int)raw : (long)raw);
                return done;
        }
    }

    private static bool ReadExtended(Cpu c, Op* op, out FloatingPointRegister value)
    {
        byte* bytes = stackalloc byte[10];
        bool done = c.ReadBytes(op, c.Ea(op), bytes, 10);
        value = new FloatingPointRegister { Significand = *(ulong*)bytes, SignExponent = *(ushort*)(bytes + 8) };
        return done;
    }

    /// <summary>Loads that cannot change the value: registers, 80 bits, constants, decimals.</summary>
    private static bool LoadExact(Cpu c, Op* op, out FloatingPointRegister value, out bool isEmpty)
    {
        value = default;
        isEmpty = false;
        switch (op->Extra)
        {
            case X87Operand.Register:
                isEmpty = c.IsEmpty(op->Src);
                value = c.St(op->Src);
                return true;
            case X87Operand.Extended:
                return ReadExtended(c, op, out value);
            case X87Operand.Constant:
                value = Constant(c, op->Aux);
                return true;
            default:
                return X87Decimal.Read(c, op, out value);
        }
    }

    private static FloatingPointRegister Constant(Cpu c, int number)
    {
        if (number == 6)
        {
            return default;
        }

        FloatContext x = c.FpuContext;
        return x.Round(FloatFormat.Extended, false, ConstantExponents[number], ConstantSignificands[number], ConstantRests[number]).ToRegister();
    }

    internal static Op* Load(Cpu c, Op* op)
    {
        if (!Ready(c, op))
        {
            return null;
        }

        FloatingPointRegister value;
        uint flags = 0;
        bool missing = false;
        if (op->Extra is X87Operand.Single or X87Operand.Double or X87Operand.Int16 or X87Operand.Int32 or X87Operand.Int64)
        {
            if (!ReadMemory(c, op, out Real number))
            {
                return null;
            }

            flags = number.IsSignaling ? FloatContext.Invalid : number.IsDenormal ? FloatContext.Denormal : 0;
            value = (number.IsNaN ? number.Quiet : number).ToRegister();
        }
        else
        {
            if (!LoadExact(c, op, out value, out missing))
            {
                return null;
            }

            if (missing)
            {
                flags = FloatContext.Invalid | Cpu.FpuStackFault;
                value = Real.Indefinite.ToRegister();
            }
        }

        bool full = !c.IsEmpty(7);
        if (full)
        {
            flags = FloatContext.Invalid | Cpu.FpuStackFault;
            value = Real.Indefinite.ToRegister();
        }

        // A denormal number is loaded even when that is an unmasked exception.
        c.RaiseFpu(flags, full && !missing);
        if ((flags & ~c.FpuControl & FloatContext.Invalid) == 0)
        {
            c.PushFpu(value);
        }

        return Done(c, op);
    }

    /// <summary>FST and FSTP to a register.</summary>
    internal static Op* StoreRegister(Cpu c, Op* op)
    {
        if (!Ready(c, op))
        {
            return null;
        }

        bool isEmpty = c.IsEmpty(0);
        FloatingPointRegister value = isEmpty ? Real.Indefinite.ToRegister() : c.St(0);
        c.RaiseFpu(isEmpty ? FloatContext.Invalid | Cpu.FpuStackFault : 0);
        if (!isEmpty || (c.FpuControl & 1) != 0)
        {
            c.SetSt(op->Src, value);
            if (op->Size == 1)
            {
                c.PopFpu();
            }
        }

        return Done(c, op);
    }

    /// <summary>D9 D8+i, an alias of FSTP that takes an empty register as it is.</summary>
    internal static Op* StoreUnchecked(Cpu c, Op* op)
    {
        if (!Ready(c, op))
        {
            return null;
        }

        c.RaiseFpu(0);
        if (!c.IsEmpty(0))
        {
            c.SetSt(op->Src, c.St(0));
        }

        c.PopFpu();
        return Done(c, op);
    }

    /// <summary>FST, FSTP, FIST, FISTP, FISTTP (Aux = 1), FBSTP to memory.</summary>
    internal static Op* Store(Cpu c, Op* op)
    {
        if (!Ready(c, op))
        {
            return null;
        }

        FloatContext x = c.FpuContext;
        byte* bytes = stackalloc byte[10];
        bool isEmpty = c.IsEmpty(0);
        int size = Convert(ref x, op, isEmpty, c.St(0), bytes);
        uint stop = isEmpty ? FloatContext.Invalid : FloatContext.Invalid | FloatContext.Overflow | FloatContext.Underflow;
        x.Flags |= isEmpty ? FloatContext.Invalid | Cpu.FpuStackFault : 0;
        bool store = (x.Flags & stop & ~x.Masks) == 0;
        if (store && !Write(c, op, bytes, size))
        {
            return null;
        }

        c.RaiseFpu(store ? x.Flags : x.Flags & ~FloatContext.Inexact, store && x.RoundedUp);
        if (store && op->Size == 1)
        {
            c.PopFpu();
        }

        return Done(c, op);
    }

    // Ten bytes are two writes: the first may be seen even when the second faults.
    private static bool Write(Cpu c, Op* op, byte* bytes, int size)
    {
        return size != 10
            ? c.WriteBytes(op, c.Ea(op), bytes, size)
            : c.WriteBytes(op, c.PartLinear(op, 0, 8), bytes, 8) && c.WriteBytes(op, c.PartLinear(op, 8, 2), bytes + 8, 2);
    }

    private static int Convert(ref FloatContext x, Op* op, bool isEmpty, in FloatingPointRegister register, byte* bytes)
    {
        Real value = isEmpty ? Real.Indefinite : Real.FromRegister(register);
        switch (op->Extra)
        {
            case X87Operand.Single:
                *(uint*)bytes = (uint)Narrow(ref x, FloatFormat.Single, value);
                return 4;
            case X87Operand.Double:
                *(ulong*)bytes = Narrow(ref x, FloatFormat.Double, value);
                return 8;
            case X87Operand.Extended:
                FloatingPointRegister whole = isEmpty ? Real.Indefinite.ToRegister() : register;
                *(ulong*)bytes = whole.Significand;
                *(ushort*)(bytes + 8) = whole.SignExponent;
                return 10;
            case X87Operand.Decimal:
                X87Decimal.Write(ref x, value, bytes);
                return 10;
            default:
                int size = op->Extra == X87Operand.Int16 ? 2 : op->Extra == X87Operand.Int32 ? 4 : 8;
                x.Rounding = op->Aux == 1 ? 3 : x.Rounding;
                *(long*)bytes = FloatMath.ToInteger(ref x, value, size * 8);
                return size;
        }
    }

    private static ulong Narrow(ref FloatContext x, in FloatFormat format, in Real value)
    {
        switch (value.Kind)
        {
            case RealKind.Unsupported:
                x.Flags |= FloatContext.Invalid;
                return format.Pack(Real.Indefinite);
            case RealKind.NotANumber:
                x.Flags |= value.IsSignaling ? FloatContext.Invalid : 0;
                return format.Pack(value.Quiet);
            default:
                Real rounded = x.Round(format, value);
                return (x.Flags & (FloatContext.Overflow | FloatContext.Underflow) & ~x.Masks) != 0 ? 0 : format.Pack(rounded);
        }
    }

    internal static Op* Exchange(Cpu c, Op* op)
    {
        if (!Ready(c, op))
        {
            return null;
        }

        bool fault = c.IsEmpty(0) || c.IsEmpty(op->Src);
        c.RaiseFpu(fault ? FloatContext.Invalid | Cpu.FpuStackFault : 0);
        if (fault && (c.FpuControl & 1) == 0)
        {
            return Done(c, op);
        }

        FloatingPointRegister first = c.IsEmpty(0) ? Real.Indefinite.ToRegister() : c.St(0);
        FloatingPointRegister second = c.IsEmpty(op->Src) ? Real.Indefinite.ToRegister() : c.St(op->Src);
        c.SetSt(0, second);
        c.SetSt(op->Src, first);
        return Done(c, op);
    }

    /// <summary>FCMOVcc: Aux = 0 B, 1 E, 2 BE, 3 U; plus 4 for the negated ones.</summary>
    internal static Op* MoveIf(Cpu c, Op* op)
    {
        if (!Ready(c, op))
        {
            return null;
        }

        bool fault = c.IsEmpty(0) || c.IsEmpty(op->Src);
        if (fault)
        {
            c.RaiseFpu(FloatContext.Invalid | Cpu.FpuStackFault);
        }

        if (fault && (c.FpuControl & 1) == 0)
        {
            return Done(c, op);
        }

        bool condition = (op->Aux & 3) switch
        {
            0 => c.CF,
            1 => c.ZF,
            2 => c.CF || c.ZF,
            _ => c.PF,
        };
        if (condition == ((op->Aux & 4) == 0))
        {
            c.SetSt(0, fault ? Real.Indefinite.ToRegister() : c.St(op->Src));
        }
        else if (fault)
        {
            c.SetSt(0, Real.Indefinite.ToRegister());
        }

        return Done(c, op);
    }

    /// <summary>FFREE, FFREEP (Size = 1).</summary>
    internal static Op* Free(Cpu c, Op* op)
    {
        if (!Ready(c, op))
        {
            return null;
        }

        c.RaiseFpu(0);
        c.FreeSt(op->Src);
        if (op->Size == 1)
        {
            c.PopFpu();
        }

        return Done(c, op);
    }

    /// <summary>FINCSTP (Aux = 1), FDECSTP (Aux = 7), FNOP (Aux = 0).</summary>
    internal static Op* TurnStack(Cpu c, Op* op)
    {
        if (!Ready(c, op))
        {
            return null;
        }

        if (op->Aux != 0)
        {
            c.RaiseFpu(0);
            c.SetTop(c.FpuTop + op->Aux);
        }

        return Done(c, op);
    }
}
