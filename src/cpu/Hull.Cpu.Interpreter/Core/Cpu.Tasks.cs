using Hull.Machine;

namespace Hull.Cpu.Interpreter;

/// <summary>What switches a task.</summary>
internal enum TaskReason
{
    Jump,
    Call,
    Gate,
    Return,
}

/// <summary>Hardware task switching with 32- and 16-bit TSSs. Source: Intel SDM vol. 3A, 7.3.</summary>
// SAFETY: see Cpu.cs; stack buffers here are as long as what is put into them.
internal sealed unsafe partial class Cpu
{
    internal bool SwitchTask(Op* op, ushort selector, TaskReason reason, ulong returnRip)
    {
        int bad = reason == TaskReason.Return ? Vec.TS : Vec.GP;
        if ((selector & 4) != 0 || !DescriptorAddress(selector, 8, out ulong at))
        {
            return Raise(op, bad, selector & 0xFFFCu);
        }

        if (!ReadSystem(at, out ulong d))
        {
            FaultOp = op;
            return false;
        }

        SegmentState next = Unpack(d, selector);
        int type = next.Attributes & 0x1F;
        bool busy = (type & 2) != 0;
        if ((type & 0x15) != 1 || busy != (reason == TaskReason.Return))
        {
            return Raise(op, bad, selector & 0xFFFCu);
        }

        if ((next.Attributes & AttrPresent) == 0)
        {
            return Raise(op, Vec.NP, selector & 0xFFFCu);
        }

        bool wide = (type & 8) != 0;
        if (next.Limit < (wide ? 0x67u : 0x2Bu))
        {
            return Raise(op, Vec.TS, selector & 0xFFFCu);
        }

        if (!SaveTask(op, reason, returnRip))
        {
            return false;
        }

        if (reason is TaskReason.Call or TaskReason.Gate)
        {
            WriteSystem(next.Base, Tr.Selector);
        }

        if (reason != TaskReason.Return)
        {
            next.Attributes |= 2;
            WriteSystem(at + 5, (byte)next.Attributes);
        }

        return LoadTaskState(op, next, wide, reason);
    }

    private bool SaveTask(Op* op, TaskReason reason, ulong returnRip)
    {
        if (reason is TaskReason.Jump or TaskReason.Return && DescriptorAddress(Tr.Selector, 8, out ulong old))
        {
            WriteSystem(old + 5, (byte)(Tr.Attributes & ~2));
        }

        ulong flags = Rflags & ~(reason == TaskReason.Return ? Rf.NT : 0);
        if ((Tr.Attributes & 8) == 0)
        {
            ushort* words = stackalloc ushort[14];
            words[0] = (ushort)returnRip;
            words[1] = (ushort)flags;
            for (int i = 0; i < 8; i++)
            {
                words[2 + i] = (ushort)Reg(i * 8);
            }

            for (int i = 0; i < 4; i++)
            {
                words[10 + i] = Seg[i].Selector;
            }

            return Access(null, Tr.Base + 0x0E, 28, AccessKind.Write, (byte*)words, SetKernel) || At(op);
        }

        uint* state = stackalloc uint[16];
        state[0] = (uint)returnRip;
        state[1] = (uint)flags;
        for (int i = 0; i < 8; i++)
        {
            state[2 + i] = (uint)Reg(i * 8);
        }

        for (int i = 0; i < 6; i++)
        {
            state[10 + i] = Seg[i].Selector;
        }

        return Access(null, Tr.Base + 0x20, 64, AccessKind.Write, (byte*)state, SetKernel) || At(op);
    }

    private bool At(Op* op)
    {
        FaultOp = op;
        return false;
    }

    private bool LoadTaskState(Op* op, in SegmentState next, bool wide, TaskReason reason)
    {
        uint* state = stackalloc uint[19]; // CR3, EIP, EFLAGS, 8 registers, 6 segments, LDT, trap
        if (!ReadTaskState(next.Base, wide, state))
        {
            return At(op);
        }

        Tr = next;
        Cr0 |= Cr.TS;
        if (wide && (Cr0 & Cr.PG) != 0)
        {
            Cr3 = state[0];
            FlushTlb();
            if ((Cr4 & Cr.PAE) != 0)
            {
                LoadPdptes(Cr3);
            }
        }

        Rip = state[1];
        Rflags = (state[2] & 0x3F7FD7) | Rf.Fixed | (reason is TaskReason.Call or TaskReason.Gate ? Rf.NT : 0);
        for (int i = 0; i < 8; i++)
        {
            Reg(i * 8) = state[3 + i];
        }

        // From here on faults belong to the new task.
        for (int i = 0; i < 6; i++)
        {
            Seg[i] = new SegmentState { Selector = (ushort)state[11 + i] };
        }

        Ldtr = default;
        if ((FlagsRest & Rf.VM) != 0)
        {
            Cpl = 3;
            for (int i = 0; i < 6; i++)
            {
                LoadSegment(null, i, (ushort)state[11 + i]);
            }

            UpdateMode();
            return true;
        }

        return LoadTaskSegments(state);
    }

    private bool ReadTaskState(ulong at, bool wide, uint* state)
    {
        if (wide)
        {
            return Access(null, at + 0x1C, 76, AccessKind.Read, (byte*)state, SetKernel);
        }

        ushort* words = stackalloc ushort[15];
        if (!Access(null, at + 0x0E, 30, AccessKind.Read, (byte*)words, SetKernel))
        {
            return false;
        }

        state[0] = (uint)Cr3;
        for (int i = 0; i < 14; i++)
        {
            state[1 + i] = words[i] | (i is >= 2 and < 10 ? 0xFFFF0000u : 0);
        }

        state[15] = 0;
        state[16] = 0;
        state[17] = words[14];
        state[18] = 0;
        return true;
    }

    private bool LoadTaskSegments(uint* state)
    {
        ushort ldt = (ushort)state[17];
        if (!LoadLdt(null, ldt))
        {
            FaultVector = Vec.TS;
            return false;
        }

        // The order is the manual's, table 8-1: the stack before the rest of the code segment.
        ushort code = (ushort)state[12];
        Cpl = code & 3;
        if (!LoadTaskStack((ushort)state[13]))
        {
            return false;
        }

        if ((code & 0xFFFC) == 0 || !ReadDescriptor(null, code, Vec.TS, out ulong d, out ulong at))
        {
            return Faulted ? false : Raise(null, Vec.TS, code & 0xFFFCu);
        }

        SegmentState cs = Unpack(d, code);
        bool conforming = (cs.Attributes & AttrConforming) != 0;
        if ((cs.Attributes & (AttrS | AttrCode)) != (AttrS | AttrCode) || (conforming ? Dpl(d) > Cpl : Dpl(d) != Cpl))
        {
            return Raise(null, Vec.TS, code & 0xFFFCu);
        }

        if ((cs.Attributes & AttrPresent) == 0)
        {
            return Raise(null, Vec.NP, code & 0xFFFCu);
        }

        if (!MarkAccessed(null, at, ref d))
        {
            return false;
        }

        SetCode(Unpack(d, code), Cpl);
        int* order = stackalloc int[] { Sr.DS, Sr.ES, Sr.FS, Sr.GS };
        for (int i = 0; i < 4; i++)
        {
            if (!LoadSegment(null, order[i], (ushort)state[11 + order[i]]))
            {
                FaultVector = FaultVector == Vec.GP ? Vec.TS : FaultVector;
                return false;
            }
        }

        Dr[7] &= ~0x155ul;
        if ((state[18] & 1) != 0)
        {
            Dr[6] |= 0x8000;
            return Raise(null, Vec.DB, 0);
        }

        return true;
    }

    private bool LoadTaskStack(ushort selector)
    {
        if ((selector & 0xFFFC) == 0)
        {
            return Raise(null, Vec.TS, 0);
        }

        if (!ReadDescriptor(null, selector, Vec.TS, out ulong d, out ulong at))
        {
            return false;
        }

        SegmentState s = Unpack(d, selector);
        if ((s.Attributes & (AttrS | AttrCode | AttrWritable)) != (AttrS | AttrWritable))
        {
            return Raise(null, Vec.TS, selector & 0xFFFCu);
        }

        if ((s.Attributes & AttrPresent) == 0)
        {
            return Raise(null, Vec.SS, selector & 0xFFFCu);
        }

        if (Dpl(d) != Cpl || (selector & 3) != Cpl)
        {
            return Raise(null, Vec.TS, selector & 0xFFFCu);
        }

        if (!MarkAccessed(null, at, ref d))
        {
            return false;
        }

        Seg[Sr.SS] = Unpack(d, selector);
        return true;
    }

    internal bool ReturnTask(Op* op)
    {
        if (!ReadSystem(Tr.Base, out ushort back))
        {
            return At(op);
        }

        return SwitchTask(op, back, TaskReason.Return, WrapRip(Reg(Rg.Block) + op->Next));
    }

    private bool PushTaskError(uint error)
    {
        StackFrame frame = new(this, (Tr.Attributes & 8) != 0);
        frame.Use(Seg[Sr.SS], Reg(Rg.SP), false);
        frame.Add(error);
        if (!frame.Push(Cpl == 3 ? SetUser : SetKernel))
        {
            return false;
        }

        frame.Commit();
        return true;
    }
}
