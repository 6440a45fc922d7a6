using System.Runtime.CompilerServices;

namespace Hull.Cpu.Interpreter;

/// <summary>MUL, IMUL, DIV, IDIV and the decimal adjustments. Source: Intel SDM vol. 2.</summary>
// SAFETY: op is an operation of the running block.
internal static unsafe class Multiply
{
    internal static bool Source<T>(Cpu c, Op* op, out ulong value)
        where T : unmanaged
    {
        if (op->Bytes != 0)
        {
            return c.Load<T>(op, c.Ea(op), out value);
        }

        value = c.Get<T>(op->Src);
        return true;
    }

    internal static Op* Unsigned<T>(Cpu c, Op* op)
        where T : unmanaged
    {
        if (!Source<T>(c, op, out ulong b))
        {
            return null;
        }

        ulong a = c.Get<T>(Rg.AX);
        ulong high;
        ulong low;
        if (sizeof(T) == 8)
        {
            high = WideMath.Multiply(a, b, out low);
        }
        else
        {
            low = a * b;
            high = low >> (sizeof(T) * 8 % 64);
        }

        Finish<T>(c, low, high, Cpu.Cut<T>(high) != 0);
        return op + 1;
    }

    internal static Op* Signed<T>(Cpu c, Op* op)
        where T : unmanaged
    {
        if (!Source<T>(c, op, out ulong b))
        {
            return null;
        }

        long low = SignedProduct<T>(c.Get<T>(Rg.AX), b, out long high);
        Finish<T>(c, (ulong)low, (ulong)high, Overflows<T>(low, high));
        return op + 1;
    }

    private static void Finish<T>(Cpu c, ulong low, ulong high, bool overflow)
        where T : unmanaged
    {
        if (sizeof(T) == 1)
        {
            c.Set<ushort>(Rg.AX, (byte)low | ((ulong)(byte)high << 8));
        }
        else
        {
            c.Set<T>(Rg.AX, low);
            c.Set<T>(Rg.DX, high);
        }

        c.SetLogic<T>(low);
        c.SetCarryOverflow(overflow, overflow);
    }

    private static long SignedProduct<T>(ulong a, ulong b, out long high)
        where T : unmanaged
    {
        long left = Cpu.Extend<T>(a);
        long right = Cpu.Extend<T>(b);
        if (sizeof(T) == 8)
        {
            high = WideMath.Multiply(left, right, out long low);
            return low;
        }

        long product = left * right;
        high = product >> (sizeof(T) * 8 % 64);
        return product;
    }

    private static bool Overflows<T>(long low, long high)
        where T : unmanaged => sizeof(T) == 8 ? high != low >> 63 : Cpu.Extend<T>((ulong)low) != low;

    /// <summary>IMUL register, source.</summary>
    internal static Op* SignedReg<T>(Cpu c, Op* op)
        where T : unmanaged => op->Bytes == 0 ? SignedInto<T>(c, op, c.Get<T>(op->Dst), c.Get<T>(op->Src)) : SignedMemory<T>(c, op);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Op* SignedMemory<T>(Cpu c, Op* op)
        where T : unmanaged => c.Load<T>(op, c.Ea(op), out ulong b) ? SignedInto<T>(c, op, c.Get<T>(op->Dst), b) : null;

    /// <summary>IMUL register, source, immediate.</summary>
    internal static Op* SignedImm<T>(Cpu c, Op* op)
        where T : unmanaged => !Source<T>(c, op, out ulong b) ? null : SignedInto<T>(c, op, b, (ulong)op->Imm);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Op* SignedInto<T>(Cpu c, Op* op, ulong a, ulong b)
        where T : unmanaged
    {
        long left = Cpu.Extend<T>(a);
        long right = Cpu.Extend<T>(b);
        long low = left * right;
        c.Set<T>(op->Dst, (ulong)low);
        c.FlagResult = Cpu.Extend<T>((ulong)low);
        c.FlagCarry = 0;
        if (sizeof(T) == 8)
        {
            // Products of small numbers fit.
            if (left != (int)left || right != (int)right)
            {
                long high = WideMath.Multiply(left, right, out _);
                c.FlagCarry = high != low >> 63 ? 1ul << 63 : 0;
            }
        }
        else if (c.FlagResult != low)
        {
            c.FlagCarry = 1ul << 63;
        }

        return op + 1;
    }

    internal static Op* UnsignedDivide<T>(Cpu c, Op* op)
        where T : unmanaged
    {
        if (!Source<T>(c, op, out ulong divisor))
        {
            return null;
        }

        if (divisor == 0)
        {
            return c.Fault(op, Vec.DE);
        }

        ulong quotient;
        ulong remainder;
        if (sizeof(T) == 8 && c.Reg(Rg.DX) != 0)
        {
            if (c.Reg(Rg.DX) >= divisor)
            {
                return c.Fault(op, Vec.DE);
            }

            quotient = WideMath.Divide(c.Reg(Rg.DX), c.Reg(Rg.AX), divisor, out remainder);
        }
        else
        {
            ulong dividend = sizeof(T) switch
            {
                1 => (ushort)c.Reg(Rg.AX),
                2 => (ushort)c.Reg(Rg.AX) | ((ulong)(ushort)c.Reg(Rg.DX) << 16),
                4 => (uint)c.Reg(Rg.AX) | (c.Reg(Rg.DX) << 32),
                _ => c.Reg(Rg.AX),
            };
            (quotient, remainder) = Math.DivRem(dividend, divisor);
            if (quotient != Cpu.Cut<T>(quotient))
            {
                return c.Fault(op, Vec.DE);
            }
        }

        SetQuotient<T>(c, quotient, remainder);
        return op + 1;
    }

    internal static Op* SignedDivide<T>(Cpu c, Op* op)
        where T : unmanaged
    {
        if (!Source<T>(c, op, out ulong raw))
        {
            return null;
        }

        long divisor = Cpu.Extend<T>(raw);
        if (divisor == 0)
        {
            return c.Fault(op, Vec.DE);
        }

        Int128 dividend = sizeof(T) switch
        {
            1 => (short)c.Reg(Rg.AX),
            2 => (int)((ushort)c.Reg(Rg.AX) | ((uint)c.Reg(Rg.DX) << 16)),
            4 => (long)((uint)c.Reg(Rg.AX) | (c.Reg(Rg.DX) << 32)),
            _ => new Int128(c.Reg(Rg.DX), c.Reg(Rg.AX)),
        };
        long quotient;
        long remainder;
        if (dividend == (long)dividend && !((long)dividend == long.MinValue && divisor == -1))
        {
            (quotient, remainder) = Math.DivRem((long)dividend, divisor);
        }
        else
        {
            Int128 wide = dividend / divisor;
            if (wide != (long)wide)
            {
                return c.Fault(op, Vec.DE);
            }

            quotient = (long)wide;
            remainder = (long)(dividend - (wide * divisor));
        }

        if (quotient != Cpu.Extend<T>((ulong)quotient))
        {
            return c.Fault(op, Vec.DE);
        }

        SetQuotient<T>(c, (ulong)quotient, (ulong)remainder);
        return op + 1;
    }

    private static void SetQuotient<T>(Cpu c, ulong quotient, ulong remainder)
        where T : unmanaged
    {
        if (sizeof(T) == 1)
        {
            c.Set<ushort>(Rg.AX, (byte)quotient | ((ulong)(byte)remainder << 8));
        }
        else
        {
            c.Set<T>(Rg.AX, quotient);
            c.Set<T>(Rg.DX, remainder);
        }
    }

    /// <summary>DAA, DAS, AAA, AAS by Extra (0 to 3).</summary>
    internal static Op* Decimal(Cpu c, Op* op)
    {
        byte al = (byte)c.Reg(Rg.AX);
        bool low = (al & 0xF) > 9 || c.AF;
        if (op->Extra >= 2)
        {
            bool subtract = op->Extra == 3;
            ulong ax = (ushort)c.Reg(Rg.AX);
            if (low)
            {
                ax = subtract ? ax - 0x106 : ax + 0x106;
            }

            c.Set<ushort>(Rg.AX, ax & 0xFF0F);
            c.SetLogic<byte>(ax & 0x0F);
            c.StatusFlags = (c.StatusFlags & ~(Rf.AF | Rf.CF)) | (low ? Rf.AF | Rf.CF : 0);
            return op + 1;
        }

        bool high = al > 0x99 || c.CF;
        bool minus = op->Extra == 1;
        bool carry = high || (minus && low && al < 6);
        int value = al;
        value += (low ? (minus ? -6 : 6) : 0) + (high ? (minus ? -0x60 : 0x60) : 0);
        c.Set<byte>(Rg.AX, (ulong)value);
        c.SetLogic<byte>((byte)value);
        c.StatusFlags = (c.StatusFlags & ~(Rf.AF | Rf.CF)) | (low ? Rf.AF : 0) | (carry ? Rf.CF : 0);
        return op + 1;
    }

    /// <summary>AAM (Extra 0) and AAD (Extra 1).</summary>
    internal static Op* AsciiAdjust(Cpu c, Op* op)
    {
        uint al = (byte)c.Reg(Rg.AX);
        uint ah = (byte)(c.Reg(Rg.AX) >> 8);
        uint number = (uint)(byte)op->Imm;
        if (op->Extra == 0)
        {
            if (number == 0)
            {
                return c.Fault(op, Vec.DE);
            }

            c.Set<ushort>(Rg.AX, (al / number << 8) | (al % number));
        }
        else
        {
            c.Set<ushort>(Rg.AX, (byte)(al + (ah * number)));
        }

        c.SetLogic<byte>((byte)c.Reg(Rg.AX));
        return op + 1;
    }
}
