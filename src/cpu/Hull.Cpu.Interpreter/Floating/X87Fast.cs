using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Hull.Machine;

namespace Hull.Cpu.Interpreter;

/// <summary>The x87 on the usual way: 64 bits of precision, to nearest, all exceptions masked, normal numbers only.</summary>
/// <remarks>
/// Operands as in <see cref="X87Arithmetic"/> and <see cref="X87Moves"/>, to whose handlers everything else is left before anything
/// was changed. Source: Intel SDM vol. 1, 8.1 (registers) and 4.8.4 (rounding).
/// </remarks>
// SAFETY: op is an operation of the running block; Direct pointers lie in one writable RAM page.
internal static unsafe class X87Fast
{
    private const int Bias = 16383, DoubleBias = 1023, SingleBias = 127, MaxExponent = 0x7FFE, SignBit = 0x8000;
    private const int ConditionOne = 0x200, Conditions = 0x4500, Pending = 0x80;
    private const int UsualMask = 0xF3F, Usual = 0x33F;
    private const ulong IntegerBit = Real.IntegerBit;

    /// <summary>Nothing is pending, and rounding is as after FNINIT.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsUsual(Cpu c) => (c.FpuControl & UsualMask) == Usual && (c.FpuStatus & Pending) == 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ref FloatingPointRegister Register(Cpu c, int number) =>
        ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(c.Fp), number & 7);

    // A normal number: neither zero nor denormal, no infinity, NaN or pattern that is refused.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsNormal(in FloatingPointRegister value) =>
        (uint)(value.SignExponent & 0x7FFF) - 1 < MaxExponent && (long)value.Significand < 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Holds(Cpu c, int number) => (c.FpuTags >> (number & 7) & 1) != 0;

    /// <summary>Notes what a result was and ends the instruction.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Op* End(Cpu c, Op* op, bool inexact, bool up)
    {
        c.FpuStatus = (ushort)((c.FpuStatus & ~ConditionOne) | (inexact ? (int)FloatContext.Inexact : 0) | (up ? ConditionOne : 0));
        c.FpuInstruction = c.WrapRip(c.Reg(Rg.Block) + op->Start);
        return op + 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Pop(Cpu c)
    {
        int top = c.FpuTop;
        c.FpuTags &= (byte)~(1 << top);
        c.SetTop(top + 1);
    }

    /// <summary>FADD, FMUL, FSUB, FSUBR, FDIV, FDIVR between registers.</summary>
    internal static Op* BinaryRegister(Cpu c, Op* op)
    {
        int top = c.FpuTop;
        int other = (top + op->Src) & 7;
        return Holds(c, other) && TryCompute(c, op, top, Register(c, other), (op->Imm & 3) == 1 ? other : top)
            ? op + 1 : X87Arithmetic.Binary(c, op);
    }

    /// <summary>The same with memory.</summary>
    internal static Op* BinaryMemory(Cpu c, Op* op)
    {
        int top = c.FpuTop;
        return TryRead(c, op, out FloatingPointRegister value) && TryCompute(c, op, top, value, top)
            ? op + 1 : X87Arithmetic.Binary(c, op);
    }

    private static bool TryCompute(Cpu c, Op* op, int top, FloatingPointRegister b, int target)
    {
        FloatingPointRegister a = Register(c, top);
        if (!IsUsual(c) || !Holds(c, top) || !IsNormal(a) || !IsNormal(b))
        {
            return false;
        }

        UInt128 wide;
        int exponent;
        int sign = (a.SignExponent ^ b.SignExponent) & SignBit;
        switch (op->Aux)
        {
            case 0:
                wide = Sum(a, b, out exponent, out sign);
                break;
            case 1:
                wide = Product(a, b, out exponent);
                break;
            case 4:
                b.SignExponent ^= SignBit;
                wide = Sum(a, b, out exponent, out sign);
                break;
            case 5:
                a.SignExponent ^= SignBit;
                wide = Sum(a, b, out exponent, out sign);
                break;
            case 6:
                wide = Quotient(a, b, out exponent);
                break;
            default:
                wide = Quotient(b, a, out exponent);
                break;
        }

        return TryPut(c, op, wide, exponent, sign, target);
    }

    // Rounds to nearest even and writes, unless the exponent leaves the range of normal numbers.
    private static bool TryPut(Cpu c, Op* op, UInt128 wide, int exponent, int sign, int target)
    {
        ulong high = (ulong)(wide >> 64);
        ulong low = (ulong)wide;
        bool up = low > IntegerBit || (low == IntegerBit && (high & 1) != 0);
        if (up && ++high == 0)
        {
            high = IntegerBit;
            exponent++;
        }

        if ((uint)(exponent - 2) >= MaxExponent - 1 || (long)high >= 0)
        {
            return false;
        }

        ref FloatingPointRegister result = ref Register(c, target);
        result.Significand = high;
        result.SignExponent = (ushort)(sign | exponent);
        if (op->Size != 0)
        {
            Pop(c);
        }

        End(c, op, low != 0, up);
        return true;
    }

    // Exponents are biased; the integer bit of what is returned is its highest, or nothing is set at all.
    private static UInt128 Sum(in FloatingPointRegister first, in FloatingPointRegister second, out int exponent, out int sign)
    {
        int left = first.SignExponent & 0x7FFF;
        int right = second.SignExponent & 0x7FFF;
        bool swap = left < right || (left == right && first.Significand < second.Significand);
        ulong large = swap ? second.Significand : first.Significand;
        ulong small = swap ? first.Significand : second.Significand;
        int distance = swap ? right - left : left - right;
        exponent = swap ? right : left;
        sign = (swap ? second.SignExponent : first.SignExponent) & SignBit;
        ulong high = distance < 64 ? small >> distance : 0;
        ulong low = distance == 0 ? 0
            : distance < 64 ? small << (64 - distance)
            : distance == 64 ? small
            : distance < 128 ? (small >> (distance - 64)) | (small << (128 - distance) != 0 ? 1u : 0)
            : 1;
        if (((first.SignExponent ^ second.SignExponent) & SignBit) == 0)
        {
            ulong sum = large + high;
            if (sum < large)
            {
                low = (low >> 1) | (low & 1) | (sum << 63);
                sum = (sum >> 1) | IntegerBit;
                exponent++;
            }

            return new UInt128(sum, low);
        }

        ulong rest = large - high - (low != 0 ? 1u : 0);
        low = 0 - low;
        if (rest == 0)
        {
            // At most one bit was shifted out, so nothing is lost; all bits gone is a zero, which is left to the other way.
            int zeros = BitOperations.LeadingZeroCount(low);
            exponent -= 64 + zeros;
            return new UInt128(zeros < 64 ? low << zeros : 0, 0);
        }

        int shift = BitOperations.LeadingZeroCount(rest);
        exponent -= shift;
        return shift == 0 ? new UInt128(rest, low) : new UInt128((rest << shift) | (low >> (64 - shift)), low << shift);
    }

    private static UInt128 Product(in FloatingPointRegister a, in FloatingPointRegister b, out int exponent)
    {
        ulong high = WideMath.Multiply(a.Significand, b.Significand, out ulong low);
        exponent = (a.SignExponent & 0x7FFF) + (b.SignExponent & 0x7FFF) - Bias + 1;
        if ((long)high < 0)
        {
            return new UInt128(high, low);
        }

        exponent--;
        return new UInt128((high << 1) | (low >> 63), low << 1);
    }

    private static UInt128 Quotient(in FloatingPointRegister a, in FloatingPointRegister b, out int exponent)
    {
        ulong divisor = b.Significand;
        exponent = (a.SignExponent & 0x7FFF) - (b.SignExponent & 0x7FFF) + Bias;
        ulong high = a.Significand;
        ulong low = 0;
        if (high >= divisor)
        {
            low = high << 63;
            high >>= 1;
        }
        else
        {
            exponent--;
        }

        ulong quotient = WideMath.Divide(high, low, divisor, out ulong rest);

        // What is below the quotient's last bit: more than half, half, less, or nothing.
        ulong below = rest == 0 ? 0 : rest > divisor - rest ? ulong.MaxValue : rest == divisor - rest ? IntegerBit : 1;
        return new UInt128(quotient, below);
    }

    /// <summary>Reads a number from memory that the TLB has; only what becomes a normal number or zero, or is loaded as it is.</summary>
    private static bool TryRead(Cpu c, Op* op, out FloatingPointRegister value)
    {
        value = default;
        if (op->Mode != 0)
        {
            return false;
        }

        ulong at = c.Flat(op);
        switch (op->Extra)
        {
            case X87Operand.Single:
                return c.Hit(at, out uint narrow) && TryUnpack((ulong)narrow << 32, narrow >> 23 & 0xFF, 0xFF, 8, Bias - SingleBias, out value);
            case X87Operand.Double:
                return c.Hit(at, out ulong wide) && TryUnpack(wide, (uint)(wide >> 52) & 0x7FF, 0x7FF, 11, Bias - DoubleBias, out value);
            case X87Operand.Int16:
                bool done = c.Hit(at, out short small);
                value = FromInteger(small);
                return done;
            case X87Operand.Int32:
                done = c.Hit(at, out int word);
                value = FromInteger(word);
                return done;
            case X87Operand.Int64:
                done = c.Hit(at, out long large);
                value = FromInteger(large);
                return done;
            case X87Operand.Extended:
                // Both parts in one page, whose entry serves for both.
                done = c.Hit(at + 2, out ulong _) && c.Hit(at, out value.Significand) && c.Hit(at + 8, out value.SignExponent);
                return done;
            default:
                return false;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryUnpack(ulong bits, uint exponent, uint special, int shift, int bias, out FloatingPointRegister value)
    {
        if (bits << 1 == 0)
        {
            value = new FloatingPointRegister { SignExponent = (ushort)(bits >> 48) };
            return true;
        }

        value.Significand = (bits << shift) | IntegerBit;
        value.SignExponent = (ushort)((bits >> 48 & SignBit) | (exponent + (uint)bias));
        return exponent - 1 < special - 1;
    }

    private static FloatingPointRegister FromInteger(long value)
    {
        if (value == 0)
        {
            return default;
        }

        ulong magnitude = value < 0 ? 0 - (ulong)value : (ulong)value;
        int zeros = BitOperations.LeadingZeroCount(magnitude);
        return new FloatingPointRegister
        {
            Significand = magnitude << zeros,
            SignExponent = (ushort)((value < 0 ? SignBit : 0) | (Bias + 63 - zeros)),
        };
    }

    /// <summary>FLD and FILD.</summary>
    internal static Op* Load(Cpu c, Op* op)
    {
        int top = c.FpuTop;
        int next = (top - 1) & 7;
        if ((c.FpuStatus & Pending) != 0 || Holds(c, next))
        {
            return X87Moves.Load(c, op);
        }

        FloatingPointRegister value;
        if (op->Extra == X87Operand.Register)
        {
            int from = (top + op->Src) & 7;
            value = Register(c, from);
            if (!Holds(c, from))
            {
                return X87Moves.Load(c, op);
            }
        }
        else if (!TryRead(c, op, out value))
        {
            return X87Moves.Load(c, op);
        }

        Register(c, next) = value;
        c.FpuTags |= (byte)(1 << next);
        c.SetTop(next);
        return End(c, op, false, false);
    }

    /// <summary>FST, FSTP, FIST, FISTP to memory.</summary>
    internal static Op* Store(Cpu c, Op* op)
    {
        int top = c.FpuTop;
        FloatingPointRegister value = Register(c, top);
        if (op->Mode != 0 || !IsUsual(c) || !Holds(c, top))
        {
            return X87Moves.Store(c, op);
        }

        ulong at = c.Flat(op);
        bool inexact = false;
        bool up = false;
        switch (op->Extra)
        {
            case X87Operand.Double:
                ulong* wide = c.Direct<ulong>(at);
                if (wide == null || !TryNarrow(value, 11, DoubleBias, out ulong bits, out inexact, out up))
                {
                    return X87Moves.Store(c, op);
                }

                Unsafe.WriteUnaligned(wide, bits);
                break;
            case X87Operand.Single:
                uint* narrow = c.Direct<uint>(at);
                if (narrow == null || !TryNarrow(value, 40, SingleBias, out bits, out inexact, out up))
                {
                    return X87Moves.Store(c, op);
                }

                Unsafe.WriteUnaligned(narrow, (uint)(bits >> 32));
                break;
            case X87Operand.Extended:
                byte* ten = c.Direct<byte>(at);
                if (ten == null || (at & 0xFFF) > 0xFF6)
                {
                    return X87Moves.Store(c, op);
                }

                Unsafe.WriteUnaligned(ten, value.Significand);
                Unsafe.WriteUnaligned(ten + 8, value.SignExponent);
                break;
            default:
                return X87Moves.Store(c, op);
        }

        if (op->Size == 1)
        {
            Pop(c);
        }

        return End(c, op, inexact, up);
    }

    // Rounds a normal number to fewer bits; drop of them go. The sign is bit 63 of the result, the rest follows it.
    private static bool TryNarrow(in FloatingPointRegister value, int drop, int bias, out ulong bits, out bool inexact, out bool up)
    {
        ulong significand = value.Significand;
        ulong half = 1ul << (drop - 1);
        ulong lost = significand & ((half << 1) - 1);
        up = lost > half || (lost == half && (significand >> drop & 1) != 0);
        inexact = lost != 0;
        int exponent = (value.SignExponent & 0x7FFF) - Bias + bias;
        ulong kept = (significand >> drop) + (up ? 1u : 0);

        // The integer bit adds one to the exponent below it; a carry out of the significand adds another one.
        int shift = drop == 11 ? 0 : 32;
        bits = ((((ulong)(uint)(exponent - 1) << (63 - drop)) + kept) << shift) | ((ulong)(value.SignExponent & SignBit) << 48);
        return exponent > 0 && exponent < 2 * bias && IsNormal(value);
    }

    /// <summary>FCOM, FUCOM, FCOMI and their relatives between registers or with memory; not FTST.</summary>
    internal static Op* Compare(Cpu c, Op* op)
    {
        int top = c.FpuTop;
        int other = (top + op->Src) & 7;
        FloatingPointRegister b;
        if (op->Extra == X87Operand.Register)
        {
            b = Register(c, other);
            if (!Holds(c, other))
            {
                return X87Arithmetic.Compare(c, op);
            }
        }
        else if (!TryRead(c, op, out b))
        {
            return X87Arithmetic.Compare(c, op);
        }

        FloatingPointRegister a = Register(c, top);
        if ((c.FpuStatus & Pending) != 0 || !Holds(c, top) || !IsNormal(a) || !IsNormal(b))
        {
            return X87Arithmetic.Compare(c, op);
        }

        bool equal = a.SignExponent == b.SignExponent && a.Significand == b.Significand;
        bool negative = (a.SignExponent & SignBit) != 0;
        bool less = ((a.SignExponent ^ b.SignExponent) & SignBit) != 0 ? negative
            : !equal && (a.SignExponent != b.SignExponent ? a.SignExponent < b.SignExponent : a.Significand < b.Significand) != negative;
        int one = 0;
        if ((op->Imm & 3) == 1)
        {
            // Those that set EFLAGS leave C1 and the other conditions alone.
            one = c.FpuStatus & ConditionOne;
            c.SetOrder(less, equal);
        }
        else
        {
            c.FpuStatus = (ushort)((c.FpuStatus & ~Conditions) | (equal ? 0x4000 : less ? 0x100 : 0));
        }

        for (int i = 0; i < op->Size; i++)
        {
            Pop(c);
        }

        return End(c, op, false, one != 0);
    }

    /// <summary>FST and FSTP to a register.</summary>
    internal static Op* StoreRegister(Cpu c, Op* op)
    {
        int top = c.FpuTop;
        if ((c.FpuStatus & Pending) != 0 || !Holds(c, top))
        {
            return X87Moves.StoreRegister(c, op);
        }

        int target = (top + op->Src) & 7;
        Register(c, target) = Register(c, top);
        c.FpuTags |= (byte)(1 << target);
        if (op->Size == 1)
        {
            Pop(c);
        }

        return End(c, op, false, false);
    }

    internal static Op* Exchange(Cpu c, Op* op)
    {
        int top = c.FpuTop;
        int other = (top + op->Src) & 7;
        if ((c.FpuStatus & Pending) != 0 || !Holds(c, top) || !Holds(c, other))
        {
            return X87Moves.Exchange(c, op);
        }

        (Register(c, top), Register(c, other)) = (Register(c, other), Register(c, top));
        return End(c, op, false, false);
    }
}
