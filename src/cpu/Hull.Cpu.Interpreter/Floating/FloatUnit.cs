namespace Hull.Cpu.Interpreter;

/// <summary>MXCSR: how SSE and AVX round, and what their exceptions do. Source: Intel SDM vol. 1, 10.2.3 and 11.5.</summary>
// SAFETY: op is an operation of the running block.
internal static unsafe class FloatUnit
{
    internal const uint Flags = 0x3F, DenormalsAreZero = 0x40, Masks = 0x1F80, FlushToZero = 0x8000;

    /// <summary>Every exception masked, nearest, denormals respected.</summary>
    private const uint Modes = 0xFFC0;

    internal static FloatContext Context(Cpu c) => new()
    {
        Rounding = (int)(c.Mxcsr >> 13) & 3,
        Masks = c.Mxcsr >> 7 & Flags,
        DenormalsAreZero = (c.Mxcsr & DenormalsAreZero) != 0,
        FlushToZero = (c.Mxcsr & FlushToZero) != 0,
    };

    /// <summary>Whether rounding is as after reset, so that the host's own arithmetic gives the result.</summary>
    internal static bool IsDefault(Cpu c) => (c.Mxcsr & Modes) == Masks;

    /// <summary>Whether an inexact result adds nothing: it was noted before.</summary>
    internal static bool HasInexact(Cpu c) => (c.Mxcsr & FloatContext.Inexact) != 0;

    /// <summary>Whether an unmasked exception stops the instruction before it computes or after.</summary>
    private static bool Stops(in FloatContext x) => (x.Flags & ~x.Masks) != 0;

    /// <summary>Ends one of several steps.</summary>
    /// <returns>False when an unmasked exception ends the instruction with it.</returns>
    internal static bool EndStep(ref FloatContext x)
    {
        if (Stops(x))
        {
            return false;
        }

        x.Earlier |= x.Flags;
        x.Flags = 0;
        return true;
    }

    /// <summary>Notes the exceptions of an instruction; raises #XM for an unmasked one, and then nothing is written.</summary>
    internal static bool Commit(Cpu c, Op* op, in FloatContext x)
    {
        uint before = x.Flags & FloatContext.Before;
        c.Mxcsr |= x.Earlier | ((before & ~x.Masks) != 0 ? before : x.Flags);
        return !Stops(x) || c.Raise(op, (c.Cr4 & Cr.OSXMMEXCPT) != 0 ? Vec.XM : Vec.UD, 0);
    }

    /// <summary>Reads an operand; denormal numbers are zero where MXCSR says so.</summary>
    internal static Real Unpack(in FloatContext x, in FloatFormat format, ulong bits)
    {
        Real value = format.Unpack(bits);
        return value.IsDenormal && x.DenormalsAreZero ? Real.Zero(value.Sign) : value;
    }

    /// <summary>The NaN that two operands give: the first one, quiet. Source: Intel SDM vol. 1, table 4-7.</summary>
    internal static bool PickNaN(ref FloatContext x, in Real a, in Real b, out Real result)
    {
        result = (a.IsNaN ? a : b).Quiet;
        if (!a.IsNaN && !b.IsNaN)
        {
            return false;
        }

        x.Flags |= a.IsSignaling || b.IsSignaling ? FloatContext.Invalid : 0;
        return true;
    }

    internal static ulong Compute(FloatOperation operation, ref FloatContext x, in FloatFormat format, ulong first, ulong second)
    {
        if (operation is FloatOperation.Minimum or FloatOperation.Maximum)
        {
            return Choose(operation == FloatOperation.Minimum, ref x, format, first, second);
        }

        Real b = Unpack(x, format, second);
        Real a = operation == FloatOperation.SquareRoot ? b : Unpack(x, format, first);
        if (!PickNaN(ref x, a, b, out Real result))
        {
            result = operation switch
            {
                FloatOperation.Add => FloatMath.Add(ref x, format, a, b),
                FloatOperation.Subtract => FloatMath.Add(ref x, format, a, b.Negated),
                FloatOperation.Multiply => FloatMath.Multiply(ref x, format, a, b),
                FloatOperation.Divide => FloatMath.Divide(ref x, format, a, b),
                _ => FloatMath.SquareRoot(ref x, format, b),
            };
        }

        return format.Pack(result);
    }

    /// <summary>a times b plus sum with one rounding; the signs are turned of numbers only, a NaN stays as it is.</summary>
    internal static ulong Fused(ref FloatContext x, in FloatFormat format, bool turnsProduct, bool turnsSum, ulong a, ulong b, ulong sum)
    {
        Real first = Unpack(x, format, a);
        Real second = Unpack(x, format, b);
        Real third = Unpack(x, format, sum);
        if (first.IsNaN || second.IsNaN || third.IsNaN)
        {
            x.Flags |= first.IsSignaling || second.IsSignaling || third.IsSignaling ? FloatContext.Invalid : 0;
            return format.Pack((first.IsNaN ? first : second.IsNaN ? second : third).Quiet);
        }

        return format.Pack(FloatMath.MultiplyAdd(
            ref x, format, turnsProduct ? first.Negated : first, second, turnsSum ? third.Negated : third));
    }

    // Minimum and maximum give the second operand when either is a NaN or both are zero.
    private static ulong Choose(bool minimum, ref FloatContext x, in FloatFormat format, ulong first, ulong second)
    {
        Real a = Unpack(x, format, first);
        Real b = Unpack(x, format, second);
        if (a.IsNaN || b.IsNaN)
        {
            x.Flags |= FloatContext.Invalid;
            return format.Pack(b);
        }

        x.Flags |= a.IsDenormal || b.IsDenormal ? FloatContext.Denormal : 0;
        int order = FloatMath.Compare(a, b);
        return format.Pack((minimum ? order < 0 : order > 0) ? a : b);
    }

    /// <summary>Orders two numbers: -1, 0, 1, or 2 for unordered; a quiet NaN is invalid only to a signaling comparison.</summary>
    internal static int Order(ref FloatContext x, in FloatFormat format, ulong first, ulong second, bool signaling)
    {
        if (format.IsRegular(first) && format.IsRegular(second))
        {
            return format.ToDouble(first).CompareTo(format.ToDouble(second));
        }

        Real a = Unpack(x, format, first);
        Real b = Unpack(x, format, second);
        if (a.IsNaN || b.IsNaN)
        {
            x.Flags |= signaling || a.IsSignaling || b.IsSignaling ? FloatContext.Invalid : 0;
            return 2;
        }

        x.Flags |= a.IsDenormal || b.IsDenormal ? FloatContext.Denormal : 0;
        return FloatMath.Compare(a, b);
    }

    /// <summary>Changes a number's format.</summary>
    internal static ulong Convert(ref FloatContext x, in FloatFormat from, in FloatFormat to, ulong bits)
    {
        if (from.Precision == 24 && to.Precision == 53 && from.IsRegular(bits))
        {
            return BitConverter.DoubleToUInt64Bits(from.ToDouble(bits));
        }

        Real value = Unpack(x, from, bits);
        if (value.IsNaN)
        {
            x.Flags |= value.IsSignaling ? FloatContext.Invalid : 0;
            return to.Pack(value.Quiet);
        }

        x.Flags |= value.IsDenormal ? FloatContext.Denormal : 0;
        return to.Pack(x.Round(to, value));
    }

    /// <summary>Rounds an integer to a number.</summary>
    internal static ulong FromInteger(ref FloatContext x, in FloatFormat format, long value) =>
        Math.Abs((double)value) < 1 << 24
            ? format.Precision == 24 ? BitConverter.SingleToUInt32Bits(value) : BitConverter.DoubleToUInt64Bits(value)
            : format.Pack(x.Round(format, Real.FromInteger(value)));

    /// <summary>Rounds a number to an integer.</summary>
    internal static long ToInteger(ref FloatContext x, in FloatFormat format, ulong bits, int size) =>
        FloatMath.ToInteger(ref x, Unpack(x, format, bits), size);

    /// <summary>ROUNDxx: the immediate chooses the mode (bit 2: MXCSR's) and may keep the inexact exception away (bit 3).</summary>
    internal static ulong RoundToIntegral(ref FloatContext x, in FloatFormat format, ulong bits, int mode)
    {
        Real value = Unpack(x, format, bits);
        if (value.IsNaN)
        {
            x.Flags |= value.IsSignaling ? FloatContext.Invalid : 0;
            return format.Pack(value.Quiet);
        }

        FloatContext own = x;
        own.Rounding = (mode & 4) != 0 ? x.Rounding : mode & 3;
        Real result = FloatMath.RoundToIntegral(ref own, value);
        x.Flags |= (mode & 8) != 0 ? own.Flags & ~FloatContext.Inexact : own.Flags;
        return format.Pack(result);
    }
}
