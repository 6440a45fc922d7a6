using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Hull.Linux;

namespace Hull.Cpu.Interpreter;

/// <summary>MOV and everything that only moves. Source: Intel SDM vol. 2.</summary>
// SAFETY: op is an operation of the running block; Direct pointers lie in one writable RAM page.
internal static unsafe class Moves
{
    internal static Op* Nop(Cpu c, Op* op) => op + 1;

    /// <summary>MFENCE.</summary>
    internal static Op* Fence(Cpu c, Op* op)
    {
        Cpu.Serialize();
        return op + 1;
    }

    internal static Op* RegReg<T>(Cpu c, Op* op)
        where T : unmanaged
    {
        c.Set<T>(op->Dst, c.Get<T>(op->Src));
        return op + 1;
    }

    internal static Op* RegImm<T>(Cpu c, Op* op)
        where T : unmanaged
    {
        c.Set<T>(op->Dst, (ulong)op->Imm);
        return op + 1;
    }

    // Handlers that read or write memory come in two parts: the way of almost all accesses, which calls nothing, and the rest.

    internal static Op* RegMem<T>(Cpu c, Op* op)
        where T : unmanaged
    {
        if (op->Mode == 0 && c.Hit(c.Flat(op), out T value))
        {
            c.Set<T>(op->Dst, Cpu.Widen(value));
            return op + 1;
        }

        return RegMemSlow<T>(c, op);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Op* RegMemSlow<T>(Cpu c, Op* op)
        where T : unmanaged
    {
        if (!c.Load<T>(op, c.Ea(op), out ulong value))
        {
            return null;
        }

        c.Set<T>(op->Dst, value);
        return op + 1;
    }

    internal static Op* MemReg<T>(Cpu c, Op* op)
        where T : unmanaged
    {
        T* at;
        if (op->Mode == 0 && (at = c.Direct<T>(c.Flat(op))) != null)
        {
            ulong value = c.Get<T>(op->Src);
            Unsafe.WriteUnaligned(at, Unsafe.As<ulong, T>(ref value));
            return op + 1;
        }

        return MemRegSlow<T>(c, op);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Op* MemRegSlow<T>(Cpu c, Op* op)
        where T : unmanaged => c.Store<T>(op, c.Ea(op), c.Get<T>(op->Src)) ? op + 1 : null;

    internal static Op* MemImm<T>(Cpu c, Op* op)
        where T : unmanaged
    {
        T* at;
        if (op->Mode == 0 && (at = c.Direct<T>(c.Flat(op))) != null)
        {
            ulong value = (ulong)op->Imm;
            Unsafe.WriteUnaligned(at, Unsafe.As<ulong, T>(ref value));
            return op + 1;
        }

        return MemImmSlow<T>(c, op);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Op* MemImmSlow<T>(Cpu c, Op* op)
        where T : unmanaged => c.Store<T>(op, c.Ea(op), (ulong)op->Imm) ? op + 1 : null;

    internal static Op* ZeroReg<TFrom, TTo>(Cpu c, Op* op)
        where TFrom : unmanaged
        where TTo : unmanaged
    {
        c.Set<TTo>(op->Dst, c.Get<TFrom>(op->Src));
        return op + 1;
    }

    internal static Op* ZeroMem<TFrom, TTo>(Cpu c, Op* op)
        where TFrom : unmanaged
        where TTo : unmanaged
    {
        if (op->Mode == 0 && c.Hit(c.Flat(op), out TFrom value))
        {
            c.Set<TTo>(op->Dst, Cpu.Widen(value));
            return op + 1;
        }

        return ZeroMemSlow<TFrom, TTo>(c, op);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Op* ZeroMemSlow<TFrom, TTo>(Cpu c, Op* op)
        where TFrom : unmanaged
        where TTo : unmanaged
    {
        if (!c.Load<TFrom>(op, c.Ea(op), out ulong value))
        {
            return null;
        }

        c.Set<TTo>(op->Dst, value);
        return op + 1;
    }

    internal static Op* SignReg<TFrom, TTo>(Cpu c, Op* op)
        where TFrom : unmanaged
        where TTo : unmanaged
    {
        c.Set<TTo>(op->Dst, (ulong)Cpu.Extend<TFrom>(c.Get<TFrom>(op->Src)));
        return op + 1;
    }

    internal static Op* SignMem<TFrom, TTo>(Cpu c, Op* op)
        where TFrom : unmanaged
        where TTo : unmanaged
    {
        if (op->Mode == 0 && c.Hit(c.Flat(op), out TFrom value))
        {
            c.Set<TTo>(op->Dst, (ulong)Cpu.Extend<TFrom>(Cpu.Widen(value)));
            return op + 1;
        }

        return SignMemSlow<TFrom, TTo>(c, op);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Op* SignMemSlow<TFrom, TTo>(Cpu c, Op* op)
        where TFrom : unmanaged
        where TTo : unmanaged
    {
        if (!c.Load<TFrom>(op, c.Ea(op), out ulong value))
        {
            return null;
        }

        c.Set<TTo>(op->Dst, (ulong)Cpu.Extend<TFrom>(value));
        return op + 1;
    }

    internal static Op* Lea<T>(Cpu c, Op* op)
        where T : unmanaged
    {
        c.Set<T>(op->Dst, c.Offset(op));
        return op + 1;
    }

    internal static Op* CondReg<TCondition, T>(Cpu c, Op* op)
        where TCondition : ICondition
        where T : unmanaged
    {
        c.Set<T>(op->Dst, TCondition.Holds(c) ? c.Get<T>(op->Src) : c.Get<T>(op->Dst));
        return op + 1;
    }

    internal static Op* CondMem<TCondition, T>(Cpu c, Op* op)
        where TCondition : ICondition
        where T : unmanaged
    {
        if (!c.Load<T>(op, c.Ea(op), out ulong value))
        {
            return null;
        }

        c.Set<T>(op->Dst, TCondition.Holds(c) ? value : c.Get<T>(op->Dst));
        return op + 1;
    }

    internal static Op* SetReg<TCondition>(Cpu c, Op* op)
        where TCondition : ICondition
    {
        c.Set<byte>(op->Dst, TCondition.Holds(c) ? 1u : 0);
        return op + 1;
    }

    internal static Op* SetMem<TCondition>(Cpu c, Op* op)
        where TCondition : ICondition => c.Write(op, c.Ea(op), (byte)(TCondition.Holds(c) ? 1 : 0)) ? op + 1 : null;

    internal static Op* ExchangeReg<T>(Cpu c, Op* op)
        where T : unmanaged
    {
        ulong a = c.Get<T>(op->Dst);
        c.Set<T>(op->Dst, c.Get<T>(op->Src));
        c.Set<T>(op->Src, a);
        return op + 1;
    }

    /// <summary>XCHG with memory: always locked.</summary>
    internal static Op* ExchangeMem<T>(Cpu c, Op* op)
        where T : unmanaged
    {
        if (!TryReplace<Given, T>(c, op, c.Get<T>(op->Src), out ulong old))
        {
            return null;
        }

        c.Set<T>(op->Src, old);
        return op + 1;
    }

    internal static Op* AddExchangeReg<T>(Cpu c, Op* op)
        where T : unmanaged
    {
        ulong a = c.Get<T>(op->Dst);
        ulong sum = Add.Apply<T>(c, a, c.Get<T>(op->Src));
        c.Set<T>(op->Src, a);
        c.Set<T>(op->Dst, sum);
        return op + 1;
    }

    /// <summary>XADD with memory; done as if always locked.</summary>
    internal static Op* AddExchangeMem<T>(Cpu c, Op* op)
        where T : unmanaged
    {
        ulong value = c.Get<T>(op->Src);
        if (!TryReplace<Sum, T>(c, op, value, out ulong old))
        {
            return null;
        }

        Add.Apply<T>(c, old, value);
        c.Set<T>(op->Src, old);
        return op + 1;
    }

    // What is there is replaced at once; across pages, on devices and on code under the lock of split accesses.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryReplace<TNew, T>(Cpu c, Op* op, ulong value, out ulong old)
        where TNew : INewValue
        where T : unmanaged
    {
        old = 0;
        ulong address = c.Ea(op);
        T* at = c.Lockable<T>(op, address);
        if (c.Faulted)
        {
            return false;
        }

        if (at == null)
        {
            lock (Cpu.SplitLock)
            {
                do
                {
                    if (!c.RmwBegin<T>(op, address, out old))
                    {
                        return false;
                    }
                }
                while (!c.TryEndSplit<T>(op, address, old, TNew.Of(old, value)));
            }

            return true;
        }

        do
        {
            old = Cpu.Widen(*at);
        }
        while (!Cpu.Exchange(at, old, TNew.Of(old, value)));
        return true;
    }

    private interface INewValue
    {
        static abstract ulong Of(ulong old, ulong value);
    }

    private readonly struct Given : INewValue
    {
        public static ulong Of(ulong old, ulong value) => value;
    }

    private readonly struct Sum : INewValue
    {
        public static ulong Of(ulong old, ulong value) => old + value;
    }

    internal static Op* CompareExchangeReg<T>(Cpu c, Op* op)
        where T : unmanaged
    {
        ulong old = c.Get<T>(op->Dst);
        ulong expected = c.Get<T>(Rg.AX);
        Sub.Apply<T>(c, expected, old);
        if (old == expected)
        {
            c.Set<T>(op->Dst, c.Get<T>(op->Src));
        }
        else
        {
            c.Set<T>(Rg.AX, old);
        }

        return op + 1;
    }

    /// <summary>CMPXCHG with memory; done as if always locked. A failed one writes the old value back, so it needs write access.</summary>
    internal static Op* CompareExchangeMem<T>(Cpu c, Op* op)
        where T : unmanaged
    {
        ulong address = c.Ea(op);
        ulong expected = c.Get<T>(Rg.AX);
        ulong value = c.Get<T>(op->Src);
        T* at = c.Lockable<T>(op, address);
        if (c.Faulted)
        {
            return null;
        }

        ulong old;
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
                while (!c.TryEndSplit<T>(op, address, old, old == expected ? value : old));
            }
        }
        else
        {
            do
            {
                old = Cpu.Widen(*at);
            }
            while (old == expected && !Cpu.Exchange(at, old, value));
        }

        Sub.Apply<T>(c, expected, old);
        if (old != expected)
        {
            c.Set<T>(Rg.AX, old);
        }

        return op + 1;
    }

    internal static Op* CompareExchange8(Cpu c, Op* op)
    {
        ulong address = c.Ea(op);
        ulong expected = (uint)c.Reg(Rg.AX) | (c.Reg(Rg.DX) << 32);
        ulong value = (uint)c.Reg(Rg.BX) | (c.Reg(Rg.CX) << 32);
        ulong* at = c.Lockable<ulong>(op, address);
        if (c.Faulted)
        {
            return null;
        }

        ulong old;
        if (at == null)
        {
            lock (Cpu.SplitLock)
            {
                do
                {
                    if (!c.RmwBegin<ulong>(op, address, out old))
                    {
                        return null;
                    }
                }
                while (!c.TryEndSplit<ulong>(op, address, old, old == expected ? value : old));
            }
        }
        else
        {
            old = Interlocked.CompareExchange(ref *at, value, expected);
        }

        Outcome(c, old == expected);
        if (old != expected)
        {
            c.Set<uint>(Rg.AX, old);
            c.Set<uint>(Rg.DX, old >> 32);
        }

        return op + 1;
    }

    /// <summary>CMPXCHG16B: the host's own where the bytes are RAM; on devices and pages of code single among its own kind.</summary>
    internal static Op* CompareExchange16(Cpu c, Op* op)
    {
        ulong address = c.Ea(op);
        if ((address & 15) != 0)
        {
            return c.Fault(op, Vec.GP);
        }

        UInt128 expected = new(c.Reg(Rg.DX), c.Reg(Rg.AX));
        UInt128 value = new(c.Reg(Rg.CX), c.Reg(Rg.BX));
        UInt128* at = c.Direct<UInt128>(address);
        if (at == null && c.CheckWrite(op, address, sizeof(UInt128)))
        {
            at = c.Direct<UInt128>(address); // the check filled the TLB, unless it is a device or a page of code
        }

        if (c.Faulted)
        {
            return null;
        }

        UInt128 old = at != null && WideExchange.IsAvailable
            ? WideExchange.CompareExchange((nint)at, expected, value)
            : ExchangeInSteps(c, op, address, expected, value);
        Outcome(c, old == expected);
        if (old != expected)
        {
            c.Reg(Rg.AX) = (ulong)old;
            c.Reg(Rg.DX) = (ulong)(old >> 64);
        }

        return op + 1;
    }

    // After CheckWrite nothing faults.
    private static UInt128 ExchangeInSteps(Cpu c, Op* op, ulong address, UInt128 expected, UInt128 value)
    {
        ulong* words = stackalloc ulong[2];
        lock (Cpu.SplitLock)
        {
            c.ReadBytes(op, address, words, sizeof(UInt128));
            UInt128 old = new(words[1], words[0]);
            if (old == expected)
            {
                words[0] = (ulong)value;
                words[1] = (ulong)(value >> 64);
                c.WriteBytes(op, address, words, sizeof(UInt128));
            }

            return old;
        }
    }

    private static void Outcome(Cpu c, bool zero) => c.StatusFlags = (c.StatusFlags & ~Rf.ZF) | (zero ? Rf.ZF : 0);

    /// <summary>Instructions on a cache line: nothing to do, but the line must be readable.</summary>
    internal static Op* TouchLine(Cpu c, Op* op) => c.Read(op, c.Ea(op), out byte _) ? op + 1 : null;

    /// <summary>The manual leaves the result open; Intel's processors clear the register.</summary>
    internal static Op* ByteSwap16(Cpu c, Op* op)
    {
        c.Set<ushort>(op->Dst, 0);
        return op + 1;
    }

    internal static Op* ByteSwap32(Cpu c, Op* op)
    {
        c.Set<uint>(op->Dst, BinaryPrimitives.ReverseEndianness(c.Get<uint>(op->Dst) << 32));
        return op + 1;
    }

    internal static Op* ByteSwap64(Cpu c, Op* op)
    {
        c.Reg(op->Dst) = BinaryPrimitives.ReverseEndianness(c.Reg(op->Dst));
        return op + 1;
    }

    internal static ulong Swap(ulong value, int size) => BinaryPrimitives.ReverseEndianness(value) >> (64 - (size * 8));

    /// <summary>MOVBE register, memory.</summary>
    internal static Op* LoadSwapped(Cpu c, Op* op)
    {
        ulong value = 0;
        if (!c.ReadBytes(op, c.Ea(op), &value, op->Size))
        {
            return null;
        }

        c.SetSized(op->Dst, op->Size, Swap(value, op->Size));
        return op + 1;
    }

    /// <summary>MOVBE memory, register.</summary>
    internal static Op* StoreSwapped(Cpu c, Op* op)
    {
        ulong value = Swap(c.Reg(op->Src), op->Size);
        return c.WriteBytes(op, c.Ea(op), &value, op->Size) ? op + 1 : null;
    }

    /// <summary>CBW, CWDE, CDQE.</summary>
    internal static Op* ExtendAx(Cpu c, Op* op)
    {
        switch (op->Size)
        {
            case 2:
                c.Set<ushort>(Rg.AX, (ulong)(sbyte)c.Reg(Rg.AX));
                break;
            case 4:
                c.Set<uint>(Rg.AX, (ulong)(short)c.Reg(Rg.AX));
                break;
            default:
                c.Reg(Rg.AX) = (ulong)(int)c.Reg(Rg.AX);
                break;
        }

        return op + 1;
    }

    /// <summary>CWD, CDQ, CQO.</summary>
    internal static Op* ExtendDx(Cpu c, Op* op)
    {
        long sign = op->Size switch
        {
            2 => (short)c.Reg(Rg.AX) >> 15,
            4 => (int)c.Reg(Rg.AX) >> 31,
            _ => (long)c.Reg(Rg.AX) >> 63,
        };
        c.SetSized(Rg.DX, op->Size, (ulong)sign);
        return op + 1;
    }

    /// <summary>XLAT: the decoder makes the address DS:[(E|R)BX] and this adds AL.</summary>
    internal static Op* Translate(Cpu c, Op* op)
    {
        ulong offset = c.Reg(Rg.BX) + (byte)c.Reg(Rg.AX);
        if (!c.Load<byte>(op, op->Mode == 0 ? offset : c.Linear(op, offset), out ulong value))
        {
            return null;
        }

        c.Set<byte>(Rg.AX, value);
        return op + 1;
    }
}
