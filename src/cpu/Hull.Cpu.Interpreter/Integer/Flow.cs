using System.Runtime.CompilerServices;

namespace Hull.Cpu.Interpreter;

/// <summary>Branches, calls and the ends of blocks.</summary>
// SAFETY: Link and LinkNext point to the first operation of a block of the same cache; stale ones hold Stale handlers, and an
// emptied cache drops the linking operations with the linked ones.
internal static unsafe class Flow
{
    /// <summary>The block was dropped: find the code again, starting at this instruction.</summary>
    internal static Op* Stale(Cpu c, Op* op)
    {
        c.Rip = c.WrapRip(c.Reg(Rg.Block) + op->Start);
        return null;
    }

    /// <summary>The block ended for a technical reason: go on with the next instruction.</summary>
    internal static Op* NextBlock(Cpu c, Op* op)
    {
        if (op->LinkNext != null && c.Attention == 0)
        {
            c.Reg(Rg.Block) += op->Start;
            return op->LinkNext;
        }

        ulong from = c.Reg(Rg.Block);
        c.Rip = c.WrapRip(from + op->Start);
        return Follow(c, ref op->LinkNext, from);
    }

    /// <summary>Finds the block at Rip and links it when it lies in the same page as the block it came from.</summary>
    private static Op* Follow(Cpu c, ref Op* link, ulong from)
    {
        if (c.Attention != 0)
        {
            return null;
        }

        if (!c.Code64 || ((from ^ c.Rip) & ~0xFFFul) != 0)
        {
            return Cpu.Continue(c);
        }

        int generation = c.Blocks.Generation;
        Op* next = c.Enter(false);
        if (next != null && c.Blocks.Generation == generation && !c.CrossesPage(next))
        {
            link = next;
        }

        return next;
    }

    internal static Op* Jump(Cpu c, Op* op)
    {
        if (op->Link != null && c.Attention == 0)
        {
            c.Reg(Rg.Block) += (ulong)op->Imm;
            return op->Link;
        }

        return JumpSlow(c, op);
    }

    // A link never leaves its page, so only a jump without one can lead to an address that is none.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Op* JumpSlow(Cpu c, Op* op)
    {
        ulong from = c.Reg(Rg.Block);
        ulong target = from + (ulong)op->Imm;
        if (!c.IsCanonical(target))
        {
            return c.Fault(op, Vec.GP);
        }

        c.Rip = target;
        return Follow(c, ref op->Link, from);
    }

    internal static Op* JumpIf<TCondition>(Cpu c, Op* op)
        where TCondition : ICondition => TCondition.Holds(c) ? Jump(c, op) : op + 1;

    internal static Op* Call(Cpu c, Op* op)
    {
        ulong from = c.Reg(Rg.Block);
        ulong sp = c.Reg(Rg.SP) - 8;
        ulong* at = c.Direct<ulong>(sp);
        if (at != null && op->Link != null && c.Attention == 0)
        {
            *at = from + op->Next;
            c.Reg(Rg.SP) = sp;
            c.Reg(Rg.Block) = from + (ulong)op->Imm;
            return op->Link;
        }

        return CallSlow(c, op);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Op* CallSlow(Cpu c, Op* op)
    {
        ulong from = c.Reg(Rg.Block);
        ulong sp = c.Reg(Rg.SP) - 8;
        if (!c.Write(op, sp, from + op->Next))
        {
            return null;
        }

        // The return address is written even so: that is what processors do.
        ulong target = from + (ulong)op->Imm;
        if (!c.IsCanonical(target))
        {
            return c.Fault(op, Vec.GP);
        }

        c.Reg(Rg.SP) = sp;
        if (op->Link != null && c.Attention == 0)
        {
            c.Reg(Rg.Block) = target;
            return op->Link;
        }

        c.Rip = target;
        return Follow(c, ref op->Link, from);
    }

    internal static Op* Return(Cpu c, Op* op)
    {
        ulong sp = c.Reg(Rg.SP);
        if (!c.Hit(sp, out ulong target) || !c.IsCanonical(target))
        {
            return ReturnSlow(c, op);
        }

        c.Reg(Rg.SP) = sp + 8 + (ulong)op->Imm;
        c.Rip = target;
        return Cpu.Continue(c);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Op* ReturnSlow(Cpu c, Op* op)
    {
        ulong sp = c.Reg(Rg.SP);
        if (!c.Read(op, sp, out ulong target))
        {
            return null;
        }

        if (!c.IsCanonical(target))
        {
            return c.Fault(op, Vec.GP);
        }

        c.Reg(Rg.SP) = sp + 8 + (ulong)op->Imm;
        c.Rip = target;
        return Cpu.Continue(c);
    }

    internal static Op* JumpReg(Cpu c, Op* op) => To(c, op, c.Reg(op->Dst));

    internal static Op* JumpMem(Cpu c, Op* op) => c.Read(op, c.Ea(op), out ulong target) ? To(c, op, target) : null;

    private static Op* To(Cpu c, Op* op, ulong target)
    {
        if (!c.IsCanonical(target))
        {
            return c.Fault(op, Vec.GP);
        }

        c.Rip = target;
        return Cpu.Continue(c);
    }

    internal static Op* CallReg(Cpu c, Op* op) => CallTo(c, op, c.Reg(op->Dst));

    internal static Op* CallMem(Cpu c, Op* op) => c.Read(op, c.Ea(op), out ulong target) ? CallTo(c, op, target) : null;

    private static Op* CallTo(Cpu c, Op* op, ulong target)
    {
        ulong sp = c.Reg(Rg.SP) - 8;
        byte segment = op->Segment;
        op->Segment = Sr.SS;
        bool done = c.Write(op, sp, c.Reg(Rg.Block) + op->Next);
        op->Segment = segment;
        if (!done)
        {
            return null;
        }

        // The return address is written even so: that is what processors do.
        if (!c.IsCanonical(target))
        {
            return c.Fault(op, Vec.GP);
        }

        c.Reg(Rg.SP) = sp;
        c.Rip = target;
        return Cpu.Continue(c);
    }

    // Legacy modes: operand size in Size, wrapped and checked against CS.

    internal static bool Near(Cpu c, Op* op, ulong target)
    {
        target = op->Size == 2 ? (ushort)target : op->Size == 4 ? (uint)target : target;
        if (c.Code64 ? !c.IsCanonical(target) : target > c.Seg[Sr.CS].Limit)
        {
            return c.Raise(op, Vec.GP, 0);
        }

        c.Rip = target;
        return true;
    }

    internal static Op* LegacyJump(Cpu c, Op* op) =>
        Near(c, op, c.Reg(Rg.Block) + (ulong)op->Imm) ? Cpu.Continue(c) : null;

    internal static Op* LegacyJumpIf<TCondition>(Cpu c, Op* op)
        where TCondition : ICondition => TCondition.Holds(c) ? LegacyJump(c, op) : op + 1;

    internal static Op* LegacyCall(Cpu c, Op* op) => LegacyCallTo(c, op, c.Reg(Rg.Block) + (ulong)op->Imm);

    internal static Op* LegacyCallTo(Cpu c, Op* op, ulong target)
    {
        ulong back = c.Reg(Rg.Block) + op->Next;
        target = op->Size == 2 ? (ushort)target : (uint)target;
        ulong sp = c.Reg(Rg.SP);
        if (!Stack.Push(c, op, op->Size, back))
        {
            return null;
        }

        // The return address is written even so: that is what processors do.
        if (target > c.Seg[Sr.CS].Limit)
        {
            c.Reg(Rg.SP) = sp;
            return c.Fault(op, Vec.GP);
        }

        c.Rip = target;
        return Cpu.Continue(c);
    }

    internal static Op* LegacyCallReg(Cpu c, Op* op) => LegacyCallTo(c, op, c.GetSized(op->Dst, op->Size));

    internal static Op* LegacyCallMem(Cpu c, Op* op) => LoadTarget(c, op, out ulong target) ? LegacyCallTo(c, op, target) : null;

    internal static Op* LegacyJumpReg(Cpu c, Op* op) => Near(c, op, c.GetSized(op->Dst, op->Size)) ? Cpu.Continue(c) : null;

    internal static Op* LegacyJumpMem(Cpu c, Op* op) =>
        LoadTarget(c, op, out ulong target) && Near(c, op, target) ? Cpu.Continue(c) : null;

    private static bool LoadTarget(Cpu c, Op* op, out ulong target) => op->Size == 2
        ? c.Load<ushort>(op, c.Ea(op), out target)
        : c.Load<uint>(op, c.Ea(op), out target);

    internal static Op* LegacyReturn(Cpu c, Op* op)
    {
        if (!Stack.Peek(c, op, op->Size, 0, out ulong target) || !Near(c, op, target))
        {
            return null;
        }

        Stack.Drop(c, op->Size + (int)op->Imm);
        return Cpu.Continue(c);
    }

    /// <summary>LOOP, LOOPE, LOOPNE, JCXZ: Aux = opcode - 0xE0, Extra = bytes of the counter.</summary>
    internal static Op* Loop(Cpu c, Op* op)
    {
        ulong count = c.GetSized(Rg.CX, op->Extra);
        bool taken = count == 0;
        if (op->Aux != 3)
        {
            count--;
            count = op->Extra == 2 ? (ushort)count : op->Extra == 4 ? (uint)count : count;
            taken = count != 0 && (op->Aux == 2 || c.ZF == (op->Aux == 1));
        }

        // Where it leads is looked at before the counter changes.
        if (taken && !c.Code64)
        {
            ulong rip = c.Rip;
            if (!Near(c, op, c.Reg(Rg.Block) + (ulong)op->Imm))
            {
                return null;
            }

            c.Rip = rip;
        }
        else if (taken && !c.IsCanonical(c.Reg(Rg.Block) + (ulong)op->Imm))
        {
            return c.Fault(op, Vec.GP);
        }

        if (op->Aux != 3)
        {
            c.SetSized(Rg.CX, op->Extra, count);
        }

        return !taken ? op + 1 : c.Code64 ? Jump(c, op) : LegacyJump(c, op);
    }
}
