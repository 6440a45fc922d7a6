using System.Numerics;
using System.Runtime.Intrinsics.X86;

namespace Hull.Cpu.Interpreter;

/// <summary>Bit tests, scans and the BMI instructions. Source: Intel SDM vol. 2.</summary>
// SAFETY: op is an operation of the running block.
internal static unsafe class Bits
{
    /// <summary>BT, BTS, BTR, BTC on a register: Extra = 0..3; the bit number is in Src, or Imm when Aux = 1.</summary>
    internal static Op* TestReg<T>(Cpu c, Op* op)
        where T : unmanaged
    {
        int bit = (int)(op->Aux == 1 ? (ulong)op->Imm : c.Get<T>(op->Src)) & ((sizeof(T) * 8) - 1);
        ulong a = c.Get<T>(op->Dst);
        c.SetCarryOnly((a >> bit & 1) != 0);
        if (op->Extra != 0)
        {
            c.Set<T>(op->Dst, Change(a, 1ul << bit, op->Extra));
        }

        return op + 1;
    }

    private static ulong Change(ulong a, ulong mask, int kind) => kind switch
    {
        1 => a | mask,
        2 => a & ~mask,
        _ => a ^ mask,
    };

    /// <summary>The same on memory: a register bit number reaches beyond the operand. Changes are done as if always locked.</summary>
    internal static Op* TestMem<T>(Cpu c, Op* op)
        where T : unmanaged
    {
        int width = sizeof(T) * 8;
        ulong address;
        int bit;
        if (op->Aux == 1)
        {
            address = c.Ea(op);
            bit = (int)op->Imm & (width - 1);
        }
        else
        {
            long number = Cpu.Extend<T>(c.Get<T>(op->Src));
            bit = (int)number & (width - 1);
            ulong offset = c.Offset(op) + (ulong)((number >> BitOperations.Log2((uint)width)) * sizeof(T));
            address = op->Mode == 0 ? offset : c.Linear(op, offset);
        }

        ulong mask = 1ul << bit;
        ulong old;
        if (op->Extra == 0)
        {
            if (!c.Load<T>(op, address, out old))
            {
                return null;
            }

            c.SetCarryOnly((old & mask) != 0);
            return op + 1;
        }

        T* at = c.Lockable<T>(op, address);
        if (c.Faulted)
        {
            return null;
        }

        if (at == null)
        {
            lock (Cpu.SplitLock)
            {
                do
                {
                    if (!c.RmwBegin<T>(op, address, out old))
                    {
                        return null;
                    }
                }
                while (!c.TryEndSplit<T>(op, address, old, Change(old, mask, op->Extra)));
            }
        }
        else
        {
            do
            {
                old = Cpu.Widen(*at);
            }
            while (!Cpu.Exchange(at, old, Change(old, mask, op->Extra)));
        }

        c.SetCarryOnly((old & mask) != 0);
        return op + 1;
    }

    private static bool Source(Cpu c, Op* op, out ulong value)
    {
        if (op->Bytes == 0)
        {
            value = c.GetSized(op->Src, op->Size);
            return true;
        }

        ulong at = c.Ea(op);
        return op->Size switch
        {
            1 => c.Load<byte>(op, at, out value),
            2 => c.Load<ushort>(op, at, out value),
            4 => c.Load<uint>(op, at, out value),
            _ => c.Load<ulong>(op, at, out value),
        };
    }

    internal static Op* ScanForward(Cpu c, Op* op) => Scan(c, op, false);

    internal static Op* ScanReverse(Cpu c, Op* op) => Scan(c, op, true);

    private static Op* Scan(Cpu c, Op* op, bool reverse)
    {
        if (!Source(c, op, out ulong value))
        {
            return null;
        }

        // With source 0 the destination keeps its value (undefined by Intel, promised by AMD, true of both).
        if (value != 0)
        {
            c.SetSized(op->Dst, op->Size, (ulong)(reverse ? BitOperations.Log2(value) : BitOperations.TrailingZeroCount(value)));
        }

        c.StatusFlags = (c.StatusFlags & ~Rf.ZF) | (value == 0 ? Rf.ZF : 0);
        return op + 1;
    }

    internal static Op* CountTrailing(Cpu c, Op* op) => !Source(c, op, out ulong value)
        ? null
        : Count(c, op, value == 0 ? op->Size * 8 : BitOperations.TrailingZeroCount(value), value == 0);

    internal static Op* CountLeading(Cpu c, Op* op) => !Source(c, op, out ulong value)
        ? null
        : Count(c, op, BitOperations.LeadingZeroCount(value) - (64 - (op->Size * 8)), value == 0);

    private static Op* Count(Cpu c, Op* op, int count, bool empty)
    {
        c.SetSized(op->Dst, op->Size, (ulong)count);
        c.StatusFlags = (c.StatusFlags & ~(Rf.ZF | Rf.CF)) | (count == 0 ? Rf.ZF : 0) | (empty ? Rf.CF : 0);
        return op + 1;
    }

    internal static Op* PopulationCount(Cpu c, Op* op)
    {
        if (!Source(c, op, out ulong value))
        {
            return null;
        }

        c.SetSized(op->Dst, op->Size, (ulong)BitOperations.PopCount(value));
        c.StatusFlags = value == 0 ? Rf.ZF : 0;
        return op + 1;
    }

    /// <summary>ANDN, BEXTR, BLSR, BLSMSK, BLSI, BZHI, PDEP, PEXT, MULX by Extra; Aux = VEX.vvvv.</summary>
    internal static Op* Bmi(Cpu c, Op* op)
    {
        if (!Source(c, op, out ulong a))
        {
            return null;
        }

        ulong v = c.GetSized(op->Aux, op->Size);
        int bits = op->Size * 8;
        switch (op->Extra)
        {
            case 0: // ANDN
                return Logic(c, op, op->Dst, ~v & a, false);
            case 1: // BEXTR
                {
                    int start = (byte)v;
                    int length = (byte)(v >> 8);
                    ulong r = start >= bits ? 0 : a >> start;
                    r = length >= 64 ? r : r & ((1ul << length) - 1);
                    c.SetSized(op->Dst, op->Size, r);
                    c.StatusFlags = r == 0 ? Rf.ZF : 0;
                    return op + 1;
                }

            case 2: // BLSR
                return Logic(c, op, op->Aux, a & (a - 1), a == 0);
            case 3: // BLSMSK
                return Logic(c, op, op->Aux, a ^ (a - 1), a == 0);
            case 4: // BLSI
                return Logic(c, op, op->Aux, a & (0 - a), a != 0);
            case 5: // BZHI
                {
                    int n = (byte)v;
                    return Logic(c, op, op->Dst, n >= bits ? a : a & ((1ul << n) - 1), n >= bits);
                }

            case 6: // PDEP
                c.SetSized(op->Dst, op->Size, Deposit(v, a));
                return op + 1;
            case 7: // PEXT
                c.SetSized(op->Dst, op->Size, Extract(v, a));
                return op + 1;
            default: // MULX
                return MultiplyExtended(c, op, a);
        }
    }

    private static Op* MultiplyExtended(Cpu c, Op* op, ulong a)
    {
        if (op->Size == 8)
        {
            ulong high = WideMath.Multiply(c.Reg(Rg.DX), a, out ulong low);
            c.Reg(op->Aux) = low;
            c.Reg(op->Dst) = high;
        }
        else
        {
            ulong product = (ulong)(uint)c.Reg(Rg.DX) * (uint)a;
            c.Set<uint>(op->Aux, product);
            c.Set<uint>(op->Dst, product >> 32);
        }

        return op + 1;
    }

    private static Op* Logic(Cpu c, Op* op, int target, ulong value, bool carry)
    {
        c.SetSized(target, op->Size, value);
        if (op->Size == 8)
        {
            c.SetLogic<ulong>(value);
        }
        else
        {
            c.SetLogic<uint>(value);
        }

        c.SetCarryOverflow(carry, false);
        return op + 1;
    }

    private static ulong Deposit(ulong value, ulong mask)
    {
        if (Bmi2.X64.IsSupported)
        {
            return Bmi2.X64.ParallelBitDeposit(value, mask);
        }

        ulong r = 0;
        for (; mask != 0; mask &= mask - 1, value >>= 1)
        {
            r |= (value & 1) != 0 ? mask & (0 - mask) : 0;
        }

        return r;
    }

    private static ulong Extract(ulong value, ulong mask)
    {
        if (Bmi2.X64.IsSupported)
        {
            return Bmi2.X64.ParallelBitExtract(value, mask);
        }

        ulong r = 0;
        for (int at = 0; mask != 0; mask &= mask - 1, at++)
        {
            r |= (value & mask & (0 - mask)) != 0 ? 1ul << at : 0;
        }

        return r;
    }

    /// <summary>ADCX (Extra 0) and ADOX (Extra 1).</summary>
    internal static Op* AddCarry(Cpu c, Op* op)
    {
        if (!Source(c, op, out ulong a))
        {
            return null;
        }

        bool carryIn = op->Extra == 0 ? c.CF : c.OF;
        ulong b = c.GetSized(op->Dst, op->Size);
        UInt128 sum = (UInt128)a + b + (carryIn ? 1u : 0u);
        bool carry = (sum >> (op->Size * 8)) != 0;
        c.SetSized(op->Dst, op->Size, (ulong)sum);
        c.SetCarryOverflow(op->Extra == 0 ? carry : c.CF, op->Extra == 0 ? c.OF : carry);
        return op + 1;
    }

    /// <summary>CRC32: Size = bytes of the source.</summary>
    internal static Op* Crc(Cpu c, Op* op)
    {
        if (!Source(c, op, out ulong a))
        {
            return null;
        }

        uint crc = (uint)c.Reg(op->Dst);
        crc = op->Size switch
        {
            1 => BitOperations.Crc32C(crc, (byte)a),
            2 => BitOperations.Crc32C(crc, (ushort)a),
            4 => BitOperations.Crc32C(crc, (uint)a),
            _ => BitOperations.Crc32C(crc, a),
        };
        c.Reg(op->Dst) = crc;
        return op + 1;
    }
}
