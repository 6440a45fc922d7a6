using System.Numerics;
using System.Runtime.CompilerServices;

namespace Hull.Cpu.Interpreter;

/// <summary>A shift or rotation; the count is masked already.</summary>
internal interface IShift
{
    static abstract ulong Apply<T>(Cpu c, ulong a, int count)
        where T : unmanaged;
}

// Source: Intel SDM vol. 2B, RCL/RCR/ROL/ROR and SAL/SAR/SHL/SHR. Overflow of counts above 1 (undefined) follows real processors.

internal readonly struct Shl : IShift
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe ulong Apply<T>(Cpu c, ulong a, int count)
        where T : unmanaged
    {
        if (count == 0)
        {
            return a;
        }

        int bits = sizeof(T) * 8;
        ulong r = a << count;
        ulong carry = sizeof(T) >= 4 || count <= bits ? (a >> (bits - count)) & 1 : 0;
        c.SetShifted<T>(r, carry, (r >> (bits - 1)) & 1);
        return r;
    }
}

internal readonly struct Shr : IShift
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe ulong Apply<T>(Cpu c, ulong a, int count)
        where T : unmanaged
    {
        if (count == 0)
        {
            return a;
        }

        ulong r = a >> count;
        ulong carry = (a >> (count - 1)) & 1;
        c.SetShifted<T>(r, carry, carry ^ (((r ^ (r << 1)) >> ((sizeof(T) * 8) - 1)) & 1));
        return r;
    }
}

internal readonly struct Sar : IShift
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Apply<T>(Cpu c, ulong a, int count)
        where T : unmanaged
    {
        if (count == 0)
        {
            return a;
        }

        long wide = Cpu.Extend<T>(a);
        ulong carry = (ulong)(wide >> (count - 1)) & 1;
        c.SetShifted<T>((ulong)(wide >> count), carry, carry);
        return (ulong)(wide >> count);
    }
}

internal readonly struct Rol : IShift
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe ulong Apply<T>(Cpu c, ulong a, int count)
        where T : unmanaged
    {
        if (count == 0)
        {
            return a;
        }

        int bits = sizeof(T) * 8;
        int n = count & (bits - 1);
        ulong r = n == 0 ? a : Cpu.Cut<T>((a << n) | (a >> (bits - n)));
        c.SetRotated(r & 1, r >> (bits - 1));
        return r;
    }
}

internal readonly struct Ror : IShift
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe ulong Apply<T>(Cpu c, ulong a, int count)
        where T : unmanaged
    {
        if (count == 0)
        {
            return a;
        }

        int bits = sizeof(T) * 8;
        int n = count & (bits - 1);
        ulong r = n == 0 ? a : Cpu.Cut<T>((a >> n) | (a << (bits - n)));
        c.SetRotated(r >> (bits - 1), (r >> (bits - 2)) & 1);
        return r;
    }
}

internal readonly struct Rcl : IShift
{
    public static unsafe ulong Apply<T>(Cpu c, ulong a, int count)
        where T : unmanaged
    {
        int bits = sizeof(T) * 8;
        int n = bits < 32 ? count % (bits + 1) : count;
        if (count == 0)
        {
            return a;
        }

        bool carry = c.CF;
        ulong r = a;
        for (int i = 0; i < n; i++)
        {
            bool top = (r >> (bits - 1) & 1) != 0;
            r = (r << 1) | (carry ? 1ul : 0);
            carry = top;
        }

        c.SetCarryOverflow(carry, carry != ((r >> (bits - 1) & 1) != 0));
        return r;
    }
}

internal readonly struct Rcr : IShift
{
    public static unsafe ulong Apply<T>(Cpu c, ulong a, int count)
        where T : unmanaged
    {
        int bits = sizeof(T) * 8;
        int n = bits < 32 ? count % (bits + 1) : count;
        if (count == 0)
        {
            return a;
        }

        bool carry = c.CF;
        ulong r = a;
        for (int i = 0; i < n; i++)
        {
            bool low = (r & 1) != 0;
            r = (r >> 1) | (carry ? 1ul << (bits - 1) : 0);
            carry = low;
        }

        c.SetCarryOverflow(carry, ((r ^ (r << 1)) >> (bits - 1) & 1) != 0);
        return r;
    }
}

/// <summary>Moves operands of shifts: Imm holds a fixed count, otherwise CL counts.</summary>
// SAFETY: op is an operation of the running block; Direct pointers lie in one writable RAM page.
internal static unsafe class Shifts
{
    private static int Masked<T>(ulong count)
        where T : unmanaged => (int)(count & (sizeof(T) == 8 ? 63u : 31u));

    internal static Op* RegImm<TOp, T>(Cpu c, Op* op)
        where TOp : IShift
        where T : unmanaged
    {
        c.Set<T>(op->Dst, TOp.Apply<T>(c, c.Get<T>(op->Dst), (int)op->Imm));
        return op + 1;
    }

    internal static Op* RegCl<TOp, T>(Cpu c, Op* op)
        where TOp : IShift
        where T : unmanaged
    {
        c.Set<T>(op->Dst, TOp.Apply<T>(c, c.Get<T>(op->Dst), Masked<T>(c.Reg(Rg.CX))));
        return op + 1;
    }

    internal static Op* MemImm<TOp, T>(Cpu c, Op* op)
        where TOp : IShift
        where T : unmanaged => Mem<TOp, T>(c, op, (int)op->Imm);

    internal static Op* MemCl<TOp, T>(Cpu c, Op* op)
        where TOp : IShift
        where T : unmanaged => Mem<TOp, T>(c, op, Masked<T>(c.Reg(Rg.CX)));

    private static Op* Mem<TOp, T>(Cpu c, Op* op, int count)
        where TOp : IShift
        where T : unmanaged
    {
        ulong address = c.Ea(op);
        if (!c.RmwBegin<T>(op, address, out ulong a))
        {
            return null;
        }

        c.RmwEnd<T>(op, address, TOp.Apply<T>(c, a, count));
        return op + 1;
    }

    /// <summary>SHLD and SHRD: Extra = 1 for right; Imm = count or -1 for CL.</summary>
    internal static Op* DoubleReg<T>(Cpu c, Op* op)
        where T : unmanaged
    {
        c.Set<T>(op->Dst, Double<T>(c, op, c.Get<T>(op->Dst)));
        return op + 1;
    }

    internal static Op* DoubleMem<T>(Cpu c, Op* op)
        where T : unmanaged
    {
        ulong address = c.Ea(op);
        if (!c.RmwBegin<T>(op, address, out ulong a))
        {
            return null;
        }

        c.RmwEnd<T>(op, address, Double<T>(c, op, a));
        return op + 1;
    }

    private static ulong Double<T>(Cpu c, Op* op, ulong a)
        where T : unmanaged
    {
        int count = Masked<T>(op->Imm < 0 ? c.Reg(Rg.CX) : (ulong)op->Imm);
        if (count == 0)
        {
            return a;
        }

        int bits = sizeof(T) * 8;
        ulong b = c.Get<T>(op->Src);
        if (bits == 16)
        {
            // Counts above 16 are undefined; real processors go on with the destination behind the source.
            return Double16<T>(c, op, a, b, count);
        }

        ulong r = op->Extra == 0 ? (a << count) | (b >> (bits - count)) : (a >> count) | (b << (bits - count));
        bool carry = op->Extra == 0 ? (a >> (bits - count) & 1) != 0 : (a >> (count - 1) & 1) != 0;
        ulong last = op->Extra == 0 ? a << (count - 1) : count == 1 ? a : (a >> (count - 1)) | (b << (bits - count + 1));
        c.SetShift<T>(r, carry, ((r ^ (op->Extra == 0 && count > 1 ? last | (b >> (bits - count + 1)) : last)) >> (bits - 1) & 1) != 0);
        return r;
    }

    private static ulong Double16<T>(Cpu c, Op* op, ulong a, ulong b, int count)
        where T : unmanaged
    {
        ulong wide;
        ulong r;
        bool carry;
        ulong before;
        if (op->Extra == 0)
        {
            wide = (a << 32) | (b << 16) | a;
            r = wide >> (32 - count) & 0xFFFF;
            carry = (wide >> (48 - count) & 1) != 0;
            before = wide >> (33 - count) & 0xFFFF;
        }
        else
        {
            wide = (a << 32) | (b << 16) | a;
            r = wide >> count & 0xFFFF;
            carry = (wide >> (count - 1) & 1) != 0;
            before = wide >> (count - 1) & 0xFFFF;
        }

        c.SetShift<T>(r, carry, ((r ^ before) >> 15 & 1) != 0);
        return r;
    }

    /// <summary>RORX, SARX, SHLX, SHRX: Extra chooses; Aux = count register (or Imm for RORX).</summary>
    internal static Op* Flagless(Cpu c, Op* op)
    {
        ulong a;
        if (op->Bytes != 0)
        {
            a = 0;
            if (!c.ReadBytes(op, c.Ea(op), &a, op->Size))
            {
                return null;
            }
        }
        else
        {
            a = c.GetSized(op->Src, op->Size);
        }

        bool wide = op->Size == 8;
        int count = (int)(op->Extra == 0 ? (ulong)op->Imm : c.Reg(op->Aux)) & (wide ? 63 : 31);
        ulong r = op->Extra switch
        {
            0 => wide ? BitOperations.RotateRight(a, count) : BitOperations.RotateRight((uint)a, count),
            1 => a << count,
            2 => wide ? (ulong)((long)a >> count) : (ulong)((int)a >> count),
            _ => a >> count,
        };
        c.SetSized(op->Dst, op->Size, r);
        return op + 1;
    }
}
