using System.Runtime.CompilerServices;

namespace Hull.Cpu.Interpreter;

/// <summary>PUSH, POP and relatives. In 64-bit mode the stack is flat; elsewhere SS decides.</summary>
// SAFETY: op is an operation of the running block.
internal static unsafe class Stack
{
    /// <summary>The linear address of the stack's top plus an offset, with the checks of the mode.</summary>
    private static ulong Top(Cpu c, Op* op, int offset, int bytes, bool write)
    {
        if (c.Code64)
        {
            return c.Reg(Rg.SP) + (ulong)offset;
        }

        ulong sp = c.Reg(Rg.SP) + (ulong)offset;
        return c.StackLinear(op, (c.ModeKey & Cpu.ModeStack32) != 0 ? (uint)sp : (ushort)sp, bytes, write);
    }

    internal static void SetPointer(Cpu c, ulong value)
    {
        if (c.Code64)
        {
            c.Reg(Rg.SP) = value;
        }
        else if ((c.ModeKey & Cpu.ModeStack32) != 0)
        {
            c.Set<uint>(Rg.SP, value);
        }
        else
        {
            c.Set<ushort>(Rg.SP, value);
        }
    }

    internal static void Drop(Cpu c, int bytes) => SetPointer(c, c.Reg(Rg.SP) + (ulong)bytes);

    internal static bool Push(Cpu c, Op* op, int size, ulong value)
    {
        byte old = op->Segment;
        op->Segment = Sr.SS;
        ulong at = Top(c, op, -size, size, true);
        bool done = size switch
        {
            2 => c.Write(op, at, (ushort)value),
            4 => c.Write(op, at, (uint)value),
            _ => c.Write(op, at, value),
        };
        op->Segment = old;
        if (done)
        {
            SetPointer(c, c.Reg(Rg.SP) - (ulong)size);
        }

        return done;
    }

    internal static bool Peek(Cpu c, Op* op, int size, int offset, out ulong value)
    {
        byte old = op->Segment;
        op->Segment = Sr.SS;
        ulong at = Top(c, op, offset, size, false);
        bool done = size switch
        {
            2 => c.Load<ushort>(op, at, out value),
            4 => c.Load<uint>(op, at, out value),
            _ => c.Load<ulong>(op, at, out value),
        };
        op->Segment = old;
        return done;
    }

    internal static Op* Push64(Cpu c, Op* op)
    {
        ulong sp = c.Reg(Rg.SP) - 8;
        ulong* at = c.Direct<ulong>(sp);
        if (at == null)
        {
            return Push64Slow(c, op);
        }

        *at = c.Reg(op->Dst);
        c.Reg(Rg.SP) = sp;
        return op + 1;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Op* Push64Slow(Cpu c, Op* op)
    {
        ulong sp = c.Reg(Rg.SP) - 8;
        if (!c.Write(op, sp, c.Reg(op->Dst)))
        {
            return null;
        }

        c.Reg(Rg.SP) = sp;
        return op + 1;
    }

    internal static Op* Pop64(Cpu c, Op* op)
    {
        ulong sp = c.Reg(Rg.SP);
        if (!c.Hit(sp, out ulong value))
        {
            return Pop64Slow(c, op);
        }

        c.Reg(Rg.SP) = sp + 8;
        c.Reg(op->Dst) = value;
        return op + 1;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Op* Pop64Slow(Cpu c, Op* op)
    {
        ulong sp = c.Reg(Rg.SP);
        if (!c.Read(op, sp, out ulong value))
        {
            return null;
        }

        c.Reg(Rg.SP) = sp + 8;
        c.Reg(op->Dst) = value;
        return op + 1;
    }

    internal static Op* PushReg(Cpu c, Op* op) => Push(c, op, op->Size, c.Reg(op->Dst)) ? op + 1 : null;

    internal static Op* PushImm(Cpu c, Op* op) => Push(c, op, op->Size, (ulong)op->Imm) ? op + 1 : null;

    internal static Op* PushMem(Cpu c, Op* op)
    {
        ulong at = c.Ea(op);
        ulong value;
        bool done = op->Size switch
        {
            2 => c.Load<ushort>(op, at, out value),
            4 => c.Load<uint>(op, at, out value),
            _ => c.Load<ulong>(op, at, out value),
        };
        return done && Push(c, op, op->Size, value) ? op + 1 : null;
    }

    internal static Op* PopReg(Cpu c, Op* op)
    {
        if (!Peek(c, op, op->Size, 0, out ulong value))
        {
            return null;
        }

        Drop(c, op->Size);
        c.SetSized(op->Dst, op->Size, value);
        return op + 1;
    }

    /// <summary>POP to memory: the address is computed with the stack pointer already moved.</summary>
    internal static Op* PopMem(Cpu c, Op* op)
    {
        if (!Peek(c, op, op->Size, 0, out ulong value))
        {
            return null;
        }

        ulong sp = c.Reg(Rg.SP);
        Drop(c, op->Size);
        ulong at = c.Ea(op);
        bool done = op->Size switch
        {
            2 => c.Store<ushort>(op, at, value),
            4 => c.Store<uint>(op, at, value),
            _ => c.Store<ulong>(op, at, value),
        };
        if (!done)
        {
            c.Reg(Rg.SP) = sp;
            return null;
        }

        return op + 1;
    }

    /// <summary>Outside 64-bit mode a 4-byte push writes the selector's 2 bytes only. Source: Intel SDM vol. 2B, PUSH.</summary>
    internal static Op* PushSegment(Cpu c, Op* op)
    {
        ushort selector = c.Seg[op->Aux].Selector;
        if (op->Size != 4)
        {
            return Push(c, op, op->Size, selector) ? op + 1 : null;
        }

        op->Segment = Sr.SS;
        if (!c.Write(op, Top(c, op, -4, 2, true), selector))
        {
            return null;
        }

        SetPointer(c, c.Reg(Rg.SP) - 4);
        return op + 1;
    }

    internal static Op* PopSegment(Cpu c, Op* op)
    {
        if (!Peek(c, op, 2, 0, out ulong value))
        {
            return null;
        }

        ulong sp = c.Reg(Rg.SP);
        Drop(c, op->Size); // by the size of the old stack, which POP SS changes
        if (!c.LoadSegment(op, op->Aux, (ushort)value))
        {
            c.Reg(Rg.SP) = sp;
            return null;
        }

        return op->Aux == Sr.SS ? SystemOps.EndAfterStackSwitch(c, op) : SystemOps.EndIfLegacy(c, op);
    }

    internal static Op* PushFlags(Cpu c, Op* op)
    {
        if ((c.FlagsRest & Rf.VM) != 0 && (c.FlagsRest & Rf.IOPL) != Rf.IOPL)
        {
            return c.Fault(op, Vec.GP);
        }

        return Push(c, op, op->Size, c.Rflags & ~(Rf.VM | Rf.RF)) ? op + 1 : null;
    }

    internal static Op* PopFlags(Cpu c, Op* op)
    {
        if ((c.FlagsRest & Rf.VM) != 0 && (c.FlagsRest & Rf.IOPL) != Rf.IOPL)
        {
            return c.Fault(op, Vec.GP);
        }

        if (!Peek(c, op, op->Size, 0, out ulong value))
        {
            return null;
        }

        ulong change = Rf.Status | Rf.TF | Rf.DF | Rf.NT | Rf.AC | Rf.ID;
        change |= c.Cpl == 0 ? Rf.IOPL : 0;
        change |= c.Cpl <= (int)((c.FlagsRest >> 12) & 3) ? Rf.IF : 0;
        change &= op->Size == 2 ? 0xFFFFul : ulong.MaxValue;
        Drop(c, op->Size);
        c.Rflags = (c.Rflags & ~change & ~Rf.RF) | (value & change);
        return SystemOps.EndAfterFlags(c, op);
    }

    internal static Op* Leave(Cpu c, Op* op)
    {
        ulong sp = c.Reg(Rg.SP);
        SetPointer(c, c.Reg(Rg.BP));
        if (!Peek(c, op, op->Size, 0, out ulong value))
        {
            c.Reg(Rg.SP) = sp;
            return null;
        }

        Drop(c, op->Size);
        c.SetSized(Rg.BP, op->Size, value);
        return op + 1;
    }

    /// <summary>ENTER: Imm = bytes, Extra = nesting level.</summary>
    internal static Op* Enter(Cpu c, Op* op)
    {
        ulong sp = c.Reg(Rg.SP);
        ulong bp = c.Reg(Rg.BP);
        int level = op->Extra & 31;
        bool done = Push(c, op, op->Size, bp);
        ulong frame = c.Reg(Rg.SP);
        op->Segment = Sr.SS;
        for (int i = 1; done && i < level; i++)
        {
            int back = -i * op->Size;
            ulong at = c.Code64 ? bp + (ulong)back
                : c.StackLinear(op, (c.ModeKey & Cpu.ModeStack32) != 0 ? (uint)(bp + (ulong)back) : (ushort)(bp + (ulong)back), op->Size, false);
            ulong value;
            done = (op->Size == 2 ? c.Load<ushort>(op, at, out value)
                : op->Size == 4 ? c.Load<uint>(op, at, out value) : c.Load<ulong>(op, at, out value))
                && Push(c, op, op->Size, value);
        }

        if (done && level > 0)
        {
            done = Push(c, op, op->Size, frame);
        }

        // The processor tries to write where the new stack begins, and changes nothing there.
        if (!done || !Probe(c, op, -(int)op->Imm))
        {
            c.Reg(Rg.SP) = sp;
            return null;
        }

        c.SetSized(Rg.BP, op->Size, frame);
        Drop(c, -(int)op->Imm);
        return op + 1;
    }

    private static bool Probe(Cpu c, Op* op, int offset)
    {
        ulong nothing;
        ulong at = Top(c, op, offset, op->Size, true);
        return op->Size switch
        {
            2 => c.RmwBegin<ushort>(op, at, out nothing),
            4 => c.RmwBegin<uint>(op, at, out nothing),
            _ => c.RmwBegin<ulong>(op, at, out nothing),
        };
    }

    internal static Op* PushAll(Cpu c, Op* op)
    {
        ulong sp = c.Reg(Rg.SP);
        for (int i = 0; i < 8; i++)
        {
            if (!Push(c, op, op->Size, i == 4 ? sp : c.Reg(i * 8)))
            {
                c.Reg(Rg.SP) = sp;
                return null;
            }
        }

        return op + 1;
    }

    internal static Op* PopAll(Cpu c, Op* op)
    {
        for (int i = 0; i < 8; i++)
        {
            // What was read before a fault stays in its register: that is what processors do.
            if (!Peek(c, op, op->Size, i * op->Size, out ulong value))
            {
                return null;
            }

            if (i != 3)
            {
                c.SetSized((7 - i) * 8, op->Size, value);
            }
        }

        Drop(c, 8 * op->Size);

        return op + 1;
    }
}
