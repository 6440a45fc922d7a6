using Hull.Machine;

namespace Hull.Cpu.Interpreter;

/// <summary>Far JMP and CALL outside real mode: code segments, call gates, tasks. Source: Intel SDM vol. 3A, 5.8 and 7.3.</summary>
// SAFETY: op is an operation of the running block.
internal static unsafe class FarTransfers
{
    internal static bool Go(Cpu c, Op* op, ushort selector, ulong offset, bool call)
    {
        if ((selector & 0xFFFC) == 0)
        {
            return c.Raise(op, Vec.GP, 0);
        }

        if (!c.ReadDescriptor(op, selector, Vec.GP, out ulong d, out ulong at))
        {
            return false;
        }

        SegmentState s = Cpu.Unpack(d, selector);
        if ((s.Attributes & Cpu.AttrS) == 0)
        {
            return ThroughSystem(c, op, selector, d, at, call);
        }

        bool conforming = (s.Attributes & Cpu.AttrConforming) != 0;
        bool privilege = conforming ? Cpu.Dpl(d) <= c.Cpl : (selector & 3) <= c.Cpl && Cpu.Dpl(d) == c.Cpl;
        if ((s.Attributes & Cpu.AttrCode) == 0 || !privilege
            || (c.Long && (s.Attributes & (Cpu.AttrLong | Cpu.AttrBig)) == (Cpu.AttrLong | Cpu.AttrBig)))
        {
            return c.Raise(op, Vec.GP, selector & 0xFFFCu);
        }

        if ((s.Attributes & Cpu.AttrPresent) == 0)
        {
            return c.Raise(op, Vec.NP, selector & 0xFFFCu);
        }

        bool wide = c.Long && (s.Attributes & Cpu.AttrLong) != 0;
        offset = wide ? offset : (uint)offset; // a 64-bit offset into compatibility code counts with its lower half
        ulong sp = c.Reg(Rg.SP);
        if (call && !PushReturn(c, op, op->Size, wide))
        {
            return false;
        }

        // The return address is written even so: that is what processors do.
        if (wide ? !c.IsCanonical(offset) : offset > s.Limit)
        {
            c.Reg(Rg.SP) = sp;
            return c.Raise(op, Vec.GP, 0);
        }

        if (!c.MarkAccessed(op, at, ref d))
        {
            return false;
        }

        c.Rip = offset;
        c.SetCode(Cpu.Unpack(d, selector), c.Cpl);
        return true;
    }

    // The return address goes onto the stack as the code sees it that is called: 64-bit code knows no base and no limit.
    private static bool PushReturn(Cpu c, Op* op, int size, bool wide)
    {
        ulong sp = c.Reg(Rg.SP);
        bool big = (c.Seg[Sr.SS].Attributes & Cpu.AttrBig) != 0;
        ulong value = c.Seg[Sr.CS].Selector;
        for (int i = 0; i < 2; i++)
        {
            sp = wide ? sp - (ulong)size : big ? (uint)sp - (uint)size : (sp & ~0xFFFFul) | (ushort)(sp - (ulong)size);
            ulong at = wide ? sp : c.StackLinear(op, big ? sp : (ushort)sp, size, true);
            op->Segment = Sr.SS;
            if (!c.WriteBytes(op, at, &value, size))
            {
                return false;
            }

            value = c.Reg(Rg.Block) + op->Next;
        }

        c.Reg(Rg.SP) = sp;
        return true;
    }

    private static bool ThroughSystem(Cpu c, Op* op, ushort selector, ulong d, ulong at, bool call)
    {
        int type = (int)(d >> 40) & 0xF;
        bool known = c.Long ? type == 12 : type is 1 or 4 or 5 or 9 or 12;
        if (!known || Cpu.Dpl(d) < c.Cpl || Cpu.Dpl(d) < (selector & 3))
        {
            return c.Raise(op, Vec.GP, selector & 0xFFFCu);
        }

        if ((d >> 47 & 1) == 0)
        {
            return c.Raise(op, Vec.NP, selector & 0xFFFCu);
        }

        ulong next = c.WrapRip(c.Reg(Rg.Block) + op->Next);
        return type switch
        {
            1 or 9 => c.SwitchTask(op, selector, call ? TaskReason.Call : TaskReason.Jump, next),
            5 => c.SwitchTask(op, (ushort)(d >> 16), call ? TaskReason.Call : TaskReason.Jump, next),
            _ => ThroughGate(c, op, selector, d, at, call),
        };
    }

    private static bool ThroughGate(Cpu c, Op* op, ushort gate, ulong d, ulong at, bool call)
    {
        ushort selector = (ushort)(d >> 16);
        bool wide = ((d >> 40) & 8) != 0;
        ulong offset = (d & 0xFFFF) | (wide ? (d >> 32) & 0xFFFF0000 : 0);
        if (c.Long)
        {
            if (!c.DescriptorAddress(gate, 16, out _))
            {
                return c.Raise(op, Vec.GP, gate & 0xFFFCu);
            }

            if (!c.ReadSystem(at + 8, out ulong high))
            {
                c.FaultOp = op;
                return false;
            }

            offset |= high << 32;
        }

        if ((selector & 0xFFFC) == 0)
        {
            return c.Raise(op, Vec.GP, 0);
        }

        if (!c.ReadDescriptor(op, selector, Vec.GP, out ulong code, out ulong codeAt))
        {
            return false;
        }

        SegmentState s = Cpu.Unpack(code, selector);
        bool conforming = (s.Attributes & Cpu.AttrConforming) != 0;
        bool inner = call && !conforming && Cpu.Dpl(code) < c.Cpl;
        if ((s.Attributes & (Cpu.AttrS | Cpu.AttrCode)) != (Cpu.AttrS | Cpu.AttrCode) || Cpu.Dpl(code) > c.Cpl
            || (!call && !conforming && Cpu.Dpl(code) != c.Cpl)
            || (c.Long && (s.Attributes & (Cpu.AttrLong | Cpu.AttrBig)) != Cpu.AttrLong))
        {
            return c.Raise(op, Vec.GP, selector & 0xFFFCu);
        }

        if ((s.Attributes & Cpu.AttrPresent) == 0)
        {
            return c.Raise(op, Vec.NP, selector & 0xFFFCu);
        }

        int size = c.Long ? 8 : wide ? 4 : 2;
        ulong oldSp = c.Reg(Rg.SP);
        SegmentState oldStack = c.Seg[Sr.SS];
        bool pushed = !call || (inner ? ToInner(c, op, Cpu.Dpl(code), size, (int)(d >> 32) & 31) : PushReturn(c, op, size, c.Long));
        if (!pushed)
        {
            c.FaultOp = op;
            return false;
        }

        // The return address is written even so, as without a gate.
        if (c.Long ? !c.IsCanonical(offset) : offset > s.Limit)
        {
            c.Seg[Sr.SS] = oldStack;
            c.Reg(Rg.SP) = oldSp;
            return c.Raise(op, Vec.GP, 0);
        }

        if (!c.MarkAccessed(op, codeAt, ref code))
        {
            return false;
        }

        c.Rip = offset;
        c.SetCode(Cpu.Unpack(code, selector), inner ? Cpu.Dpl(code) : c.Cpl);
        return true;
    }

    private static bool ToInner(Cpu c, Op* op, int cpl, int size, int parameters)
    {
        ulong next = c.WrapRip(c.Reg(Rg.Block) + op->Next);
        if (c.Long)
        {
            if (!c.ReadSystem(c.Tr.Base + 4 + ((ulong)cpl * 8), out ulong rsp))
            {
                return false;
            }

            ulong* words = stackalloc ulong[4];
            words[0] = next;
            words[1] = c.Seg[Sr.CS].Selector;
            words[2] = c.Reg(Rg.SP);
            words[3] = c.Seg[Sr.SS].Selector;
            if (!c.WriteWith(Cpu.SetKernel, rsp - 32, (byte*)words, 32))
            {
                return false;
            }

            c.Seg[Sr.SS] = new SegmentState { Selector = (ushort)cpl, Attributes = (ushort)(cpl << 5) };
            c.Reg(Rg.SP) = rsp - 32;
            return true;
        }

        if (!c.TaskStack(cpl, out ulong sp, out SegmentState ss))
        {
            return false;
        }

        StackFrame frame = new(c, size == 4);
        frame.Use(ss, sp, true);
        if (!frame.Fits(parameters + 4, out _))
        {
            return false;
        }

        frame.Add(c.Seg[Sr.SS].Selector);
        frame.Add(c.Reg(Rg.SP));
        for (int i = parameters - 1; i >= 0; i--)
        {
            if (!Stack.Peek(c, op, size, i * size, out ulong word))
            {
                return false;
            }

            frame.Add(word);
        }

        frame.Add(c.Seg[Sr.CS].Selector);
        frame.Add(next);
        if (!frame.Push(Cpu.SetKernel))
        {
            return false;
        }

        c.Seg[Sr.SS] = ss;
        frame.Commit();
        return true;
    }
}
