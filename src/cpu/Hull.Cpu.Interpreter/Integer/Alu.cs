using System.Runtime.CompilerServices;

namespace Hull.Cpu.Interpreter;

/// <summary>What an instruction with two operands computes; it knows nothing of where they live.</summary>
internal interface IAlu
{
    static abstract bool Writes { get; }

    static abstract ulong Apply<T>(Cpu c, ulong a, ulong b)
        where T : unmanaged;
}

/// <summary>What an instruction with one operand computes.</summary>
internal interface IUnary
{
    static abstract ulong Apply<T>(Cpu c, ulong a)
        where T : unmanaged;
}

/// <summary>Moves operands of the two- and one-operand integer instructions.</summary>
// SAFETY: op is an operation of the running block; Direct pointers lie in one writable RAM page.
internal static unsafe class Alu
{
    internal static Op* RegReg<TOp, T>(Cpu c, Op* op)
        where TOp : IAlu
        where T : unmanaged
    {
        ulong r = TOp.Apply<T>(c, c.Get<T>(op->Dst), c.Get<T>(op->Src));
        if (TOp.Writes)
        {
            c.Set<T>(op->Dst, r);
        }

        return op + 1;
    }

    internal static Op* RegImm<TOp, T>(Cpu c, Op* op)
        where TOp : IAlu
        where T : unmanaged
    {
        ulong r = TOp.Apply<T>(c, c.Get<T>(op->Dst), Cpu.Cut<T>((ulong)op->Imm));
        if (TOp.Writes)
        {
            c.Set<T>(op->Dst, r);
        }

        return op + 1;
    }

    internal static Op* RegMem<TOp, T>(Cpu c, Op* op)
        where TOp : IAlu
        where T : unmanaged
    {
        if (op->Mode == 0 && c.Hit(c.Flat(op), out T value))
        {
            ulong r = TOp.Apply<T>(c, c.Get<T>(op->Dst), Cpu.Widen(value));
            if (TOp.Writes)
            {
                c.Set<T>(op->Dst, r);
            }

            return op + 1;
        }

        return RegMemSlow<TOp, T>(c, op);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Op* RegMemSlow<TOp, T>(Cpu c, Op* op)
        where TOp : IAlu
        where T : unmanaged
    {
        if (!c.Load<T>(op, c.Ea(op), out ulong b))
        {
            return null;
        }

        ulong r = TOp.Apply<T>(c, c.Get<T>(op->Dst), b);
        if (TOp.Writes)
        {
            c.Set<T>(op->Dst, r);
        }

        return op + 1;
    }

    internal static Op* MemReg<TOp, T>(Cpu c, Op* op)
        where TOp : IAlu
        where T : unmanaged => Fast<TOp, T>(c, op, c.Get<T>(op->Src)) ? op + 1 : MemRegSlow<TOp, T>(c, op);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Op* MemRegSlow<TOp, T>(Cpu c, Op* op)
        where TOp : IAlu
        where T : unmanaged => Mem<TOp, T>(c, op, c.Get<T>(op->Src));

    internal static Op* MemImm<TOp, T>(Cpu c, Op* op)
        where TOp : IAlu
        where T : unmanaged => Fast<TOp, T>(c, op, Cpu.Cut<T>((ulong)op->Imm)) ? op + 1 : MemImmSlow<TOp, T>(c, op);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Op* MemImmSlow<TOp, T>(Cpu c, Op* op)
        where TOp : IAlu
        where T : unmanaged => Mem<TOp, T>(c, op, Cpu.Cut<T>((ulong)op->Imm));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool Fast<TOp, T>(Cpu c, Op* op, ulong b)
        where TOp : IAlu
        where T : unmanaged
    {
        if (op->Mode != 0)
        {
            return false;
        }

        if (!TOp.Writes)
        {
            bool hit = c.Hit(c.Flat(op), out T value);
            if (hit)
            {
                TOp.Apply<T>(c, Cpu.Widen(value), b);
            }

            return hit;
        }

        T* at = c.Direct<T>(c.Flat(op));
        if (at != null)
        {
            ulong r = TOp.Apply<T>(c, Cpu.Widen(Unsafe.ReadUnaligned<T>(at)), b);
            Unsafe.WriteUnaligned(at, Unsafe.As<ulong, T>(ref r));
        }

        return at != null;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Op* Mem<TOp, T>(Cpu c, Op* op, ulong b)
        where TOp : IAlu
        where T : unmanaged
    {
        ulong address = c.Ea(op);
        ulong a;
        if (!TOp.Writes)
        {
            if (!c.Load<T>(op, address, out a))
            {
                return null;
            }

            TOp.Apply<T>(c, a, b);
            return op + 1;
        }

        T* at = c.Direct<T>(address);
        if (at != null)
        {
            ulong r = TOp.Apply<T>(c, Cpu.Widen(Unsafe.ReadUnaligned<T>(at)), b);
            Unsafe.WriteUnaligned(at, Unsafe.As<ulong, T>(ref r));
            return op + 1;
        }

        if (!c.RmwBegin<T>(op, address, out a))
        {
            return null;
        }

        c.RmwEnd<T>(op, address, TOp.Apply<T>(c, a, b));
        return op + 1;
    }

    internal static Op* LockMemReg<TOp, T>(Cpu c, Op* op)
        where TOp : IAlu
        where T : unmanaged => LockMem<TOp, T>(c, op, c.Get<T>(op->Src));

    internal static Op* LockMemImm<TOp, T>(Cpu c, Op* op)
        where TOp : IAlu
        where T : unmanaged => LockMem<TOp, T>(c, op, Cpu.Cut<T>((ulong)op->Imm));

    private static Op* LockMem<TOp, T>(Cpu c, Op* op, ulong b)
        where TOp : IAlu
        where T : unmanaged
    {
        ulong address = c.Ea(op);
        T* at = c.Lockable<T>(op, address);
        if (c.Faulted)
        {
            return null;
        }

        ulong old;
        ulong next;
        ulong carry = c.FlagCarry; // ADC and SBB take CF: each try starts from the old flags
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

                    c.FlagCarry = carry;
                    next = TOp.Apply<T>(c, old, b);
                }
                while (!c.TryEndSplit<T>(op, address, old, next));
                return op + 1;
            }
        }

        do
        {
            c.FlagCarry = carry;
            old = Cpu.Widen(*at);
            next = TOp.Apply<T>(c, old, b);
        }
        while (!Cpu.Exchange(at, old, next));
        return op + 1;
    }

    internal static Op* UnaryReg<TOp, T>(Cpu c, Op* op)
        where TOp : IUnary
        where T : unmanaged
    {
        c.Set<T>(op->Dst, TOp.Apply<T>(c, c.Get<T>(op->Dst)));
        return op + 1;
    }

    internal static Op* UnaryMem<TOp, T>(Cpu c, Op* op)
        where TOp : IUnary
        where T : unmanaged
    {
        ulong address = c.Ea(op);
        T* at = c.Direct<T>(address);
        if (at != null)
        {
            ulong r = TOp.Apply<T>(c, Cpu.Widen(Unsafe.ReadUnaligned<T>(at)));
            Unsafe.WriteUnaligned(at, Unsafe.As<ulong, T>(ref r));
            return op + 1;
        }

        if (!c.RmwBegin<T>(op, address, out ulong a))
        {
            return null;
        }

        c.RmwEnd<T>(op, address, TOp.Apply<T>(c, a));
        return op + 1;
    }

    internal static Op* LockUnaryMem<TOp, T>(Cpu c, Op* op)
        where TOp : IUnary
        where T : unmanaged
    {
        ulong address = c.Ea(op);
        T* at = c.Lockable<T>(op, address);
        if (c.Faulted)
        {
            return null;
        }

        ulong old;
        ulong next;
        ulong carry = c.FlagCarry; // INC and DEC keep CF, NOT all flags: each try starts from the old ones
        long result = c.FlagResult;
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

                    c.FlagCarry = carry;
                    c.FlagResult = result;
                    next = TOp.Apply<T>(c, old);
                }
                while (!c.TryEndSplit<T>(op, address, old, next));
                return op + 1;
            }
        }

        do
        {
            c.FlagCarry = carry;
            c.FlagResult = result;
            old = Cpu.Widen(*at);
            next = TOp.Apply<T>(c, old);
        }
        while (!Cpu.Exchange(at, old, next));
        return op + 1;
    }
}
