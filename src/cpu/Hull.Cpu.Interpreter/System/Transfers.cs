using Hull.Machine;

namespace Hull.Cpu.Interpreter;

/// <summary>SYSCALL, SYSENTER, INT, IRET and far transfers. Source: Intel SDM vol. 2 and vol. 3A, 5.8.</summary>
// SAFETY: op is an operation of the running block.
internal static unsafe class Transfers
{
    private static SegmentState Flat(ulong selector, ushort attributes) => new()
    {
        Selector = (ushort)selector,
        Limit = uint.MaxValue,
        Attributes = attributes,
    };

    internal static Op* SystemCall(Cpu c, Op* op)
    {
        if ((c.Efer & Cr.SCE) == 0 || !c.Code64)
        {
            return c.Fault(op, Vec.UD);
        }

        c.Reg(Rg.CX) = c.Reg(Rg.Block) + op->Next;
        c.Reg(Rg.R11) = c.Rflags & ~Rf.RF;
        c.Rflags &= ~(c.Fmask | Rf.RF);
        c.Rip = c.Lstar;
        ulong selector = (c.Star >> 32) & 0xFFFC;
        c.Seg[Sr.SS] = Flat(selector + 8, 0xC093);
        c.SetCode(Flat(selector, 0xA09B), 0);
        return Cpu.Continue(c);
    }

    internal static Op* SystemReturn(Cpu c, Op* op)
    {
        if ((c.Efer & Cr.SCE) == 0 || !c.Code64)
        {
            return c.Fault(op, Vec.UD);
        }

        bool wide = op->Size == 8;
        if (c.Cpl != 0 || (wide && !c.IsCanonical(c.Reg(Rg.CX))))
        {
            return c.Fault(op, Vec.GP);
        }

        c.Rip = wide ? c.Reg(Rg.CX) : (uint)c.Reg(Rg.CX);
        c.Rflags = (c.Reg(Rg.R11) & 0x3C7FD7) | Rf.Fixed;
        ulong selector = (c.Star >> 48) | 3;
        c.Seg[Sr.SS] = Flat(selector + 8, 0xC0F3);
        c.SetCode(Flat(wide ? selector + 16 : selector, wide ? (ushort)0xA0FB : (ushort)0xC0FB), 3);
        c.AttendFlags();
        return Cpu.Continue(c);
    }

    internal static Op* SystemEnter(Cpu c, Op* op)
    {
        if ((c.Cr0 & Cr.PE) == 0 || (c.SysenterCs & 0xFFFC) == 0)
        {
            return c.Fault(op, Vec.GP);
        }

        c.FlagsRest &= ~(Rf.VM | Rf.IF | Rf.RF);
        ulong selector = c.SysenterCs & 0xFFFC;
        c.Reg(Rg.SP) = c.Long ? c.SysenterEsp : (uint)c.SysenterEsp;
        c.Rip = c.Long ? c.SysenterEip : (uint)c.SysenterEip;
        c.Seg[Sr.SS] = Flat(selector + 8, 0xC093);
        c.SetCode(Flat(selector, c.Long ? (ushort)0xA09B : (ushort)0xC09B), 0);
        return Cpu.Continue(c);
    }

    internal static Op* SystemExit(Cpu c, Op* op)
    {
        if ((c.Cr0 & Cr.PE) == 0 || (c.SysenterCs & 0xFFFC) == 0 || c.Cpl != 0)
        {
            return c.Fault(op, Vec.GP);
        }

        bool wide = op->Size == 8;
        if (wide && (!c.IsCanonical(c.Reg(Rg.CX)) || !c.IsCanonical(c.Reg(Rg.DX))))
        {
            return c.Fault(op, Vec.GP);
        }

        ulong selector = (c.SysenterCs & 0xFFFC) + (wide ? 32u : 16u);
        c.Reg(Rg.SP) = wide ? c.Reg(Rg.CX) : (uint)c.Reg(Rg.CX);
        c.Rip = wide ? c.Reg(Rg.DX) : (uint)c.Reg(Rg.DX);
        c.Seg[Sr.SS] = Flat((selector + 8) | 3, 0xC0F3);
        c.SetCode(Flat(selector | 3, wide ? (ushort)0xA0FB : (ushort)0xC0FB), 3);
        c.AttendFlags();
        return Cpu.Continue(c);
    }

    /// <summary>INT n (Imm), INT3 and INTO (Extra 1), INT1 (Extra 2).</summary>
    internal static Op* SoftwareInterrupt(Cpu c, Op* op)
    {
        if (op->Imm == 4 && op->Extra == 1 && !c.OF)
        {
            return op + 1;
        }

        if (op->Extra == 0 && (c.FlagsRest & Rf.VM) != 0 && (c.FlagsRest & Rf.IOPL) != Rf.IOPL)
        {
            return c.Fault(op, Vec.GP);
        }

        if (op->Extra == 2)
        {
            c.TakeDataHits(); // INT1 is a debug exception itself: what MOV SS held back comes with it
        }

        ulong next = c.WrapRip(c.Reg(Rg.Block) + op->Next);
        c.Rip = c.WrapRip(c.Reg(Rg.Block) + op->Start);
        c.FlagsRest &= ~Rf.RF; // a fault of the delivery sets it again
        return c.Interrupt((int)op->Imm, 0, false, op->Extra != 2, next) ? Cpu.Continue(c) : null;
    }

    internal static Op* InterruptReturn(Cpu c, Op* op)
    {
        Cpu.Serialize();
        c.NmiBlocked = false;
        if (!c.Long && !c.RealOrVirtual && (c.FlagsRest & Rf.NT) != 0)
        {
            // A fault after the switch is the other task's: not this instruction's.
            return c.ReturnTask(op) ? Cpu.Continue(c) : null;
        }

        bool done = c.RealOrVirtual ? ReturnReal(c, op)
            : c.Long ? ReturnLong(c, op)
            : ReturnProtected(c, op);
        if (!done)
        {
            c.FaultOp = op;
            return null;
        }

        c.AttendFlags();
        return Cpu.Continue(c);
    }

    private static bool ReturnReal(Cpu c, Op* op)
    {
        if ((c.FlagsRest & Rf.VM) != 0 && (c.FlagsRest & Rf.IOPL) != Rf.IOPL)
        {
            return c.Raise(op, Vec.GP, 0);
        }

        int size = op->Size;
        if (!Stack.Peek(c, op, size, 0, out ulong ip) || !Stack.Peek(c, op, size, size, out ulong cs)
            || !Stack.Peek(c, op, size, 2 * size, out ulong flags))
        {
            return false;
        }

        if (ip > c.Seg[Sr.CS].Limit)
        {
            return c.Raise(op, Vec.GP, 0);
        }

        Stack.Drop(c, 3 * size);
        ulong change = Rf.Status | Rf.TF | Rf.IF | Rf.DF | Rf.NT | ((c.FlagsRest & Rf.VM) != 0 ? 0 : Rf.IOPL)
            | (size == 4 ? Rf.RF | Rf.AC | Rf.ID : 0);
        c.Rflags = (c.Rflags & ~change) | (flags & change);
        c.LoadSegment(op, Sr.CS, (ushort)cs);
        c.Rip = ip;
        c.UpdateMode();
        return true;
    }

    private static bool ReturnLong(Cpu c, Op* op)
    {
        if ((c.FlagsRest & Rf.NT) != 0)
        {
            return c.Raise(op, Vec.GP, 0);
        }

        int size = op->Size;
        // Processors read the frame from its flags down.
        if (!Stack.Peek(c, op, size, 2 * size, out ulong flags) || !Stack.Peek(c, op, size, size, out ulong cs)
            || !Stack.Peek(c, op, size, 0, out ulong rip))
        {
            return false;
        }

        ushort selector = (ushort)cs;
        int rpl = selector & 3;
        if (!CodeForReturn(c, op, selector, out SegmentState code))
        {
            return false;
        }

        bool wide = (code.Attributes & Cpu.AttrLong) != 0;
        rip = wide ? rip : (uint)rip;
        bool outside = wide ? (ulong)((long)(rip << 16) >> 16) != rip : rip > code.Limit;
        int from = c.Cpl;
        if (c.Code64 || rpl > from)
        {
            // The rest of the frame is read under the flags that were just read: with AC it has to be aligned.
            bool checks = from == 3 && size > 2 && (c.Cr0 & Cr.AM) != 0 && (flags & Rf.AC) != 0;
            if (checks && ((c.Reg(Rg.SP) + (3 * (ulong)size)) & (ulong)(size - 1)) != 0)
            {
                return c.Raise(op, Vec.AC, 0);
            }

            if (!Stack.Peek(c, op, size, 3 * size, out ulong rsp) || !Stack.Peek(c, op, size, 4 * size, out ulong ss)
                || !StackForReturn(c, op, (ushort)ss, rpl, wide, out SegmentState stack))
            {
                return false;
            }

            if (outside)
            {
                return c.Raise(op, Vec.GP, 0);
            }

            SetReturnFlags(c, flags, from, size);
            c.Seg[Sr.SS] = stack;
            c.Rip = rip;
            c.SetCode(code, rpl);
            if (wide || (stack.Attributes & Cpu.AttrBig) != 0)
            {
                c.Reg(Rg.SP) = wide ? rsp : (uint)rsp;
            }
            else
            {
                c.Set<ushort>(Rg.SP, rsp);
            }

            DropOuterSegments(c, from);
            return true;
        }

        if (outside)
        {
            return c.Raise(op, Vec.GP, 0);
        }

        Stack.Drop(c, 3 * size);
        SetReturnFlags(c, flags, from, size);
        c.Rip = rip;
        c.SetCode(code, rpl);
        return true;
    }

    private static void SetReturnFlags(Cpu c, ulong flags, int cpl, int size)
    {
        ulong change = Rf.Status | Rf.TF | Rf.DF | Rf.NT;
        change |= size > 2 ? Rf.RF | Rf.AC | Rf.ID : 0;
        change |= cpl <= (int)((c.FlagsRest >> 12) & 3) ? Rf.IF : 0;
        change |= cpl == 0 ? Rf.IOPL | Rf.VIF | Rf.VIP : 0;
        c.Rflags = (c.Rflags & ~change) | (flags & change);
    }

    private static bool CodeForReturn(Cpu c, Op* op, ushort selector, out SegmentState code)
    {
        code = default;
        if ((selector & 0xFFFC) == 0)
        {
            return c.Raise(op, Vec.GP, 0);
        }

        if (!c.ReadDescriptor(op, selector, Vec.GP, out ulong d, out ulong at))
        {
            return false;
        }

        code = Cpu.Unpack(d, selector);
        int rpl = selector & 3;
        bool conforming = (code.Attributes & Cpu.AttrConforming) != 0;
        if ((code.Attributes & (Cpu.AttrS | Cpu.AttrCode)) != (Cpu.AttrS | Cpu.AttrCode) || rpl < c.Cpl
            || (conforming ? Cpu.Dpl(d) > rpl : Cpu.Dpl(d) != rpl)
            || (c.Long && (code.Attributes & (Cpu.AttrLong | Cpu.AttrBig)) == (Cpu.AttrLong | Cpu.AttrBig)))
        {
            return c.Raise(op, Vec.GP, selector & 0xFFFCu);
        }

        if ((code.Attributes & Cpu.AttrPresent) == 0)
        {
            return c.Raise(op, Vec.NP, selector & 0xFFFCu);
        }

        if (!c.MarkAccessed(op, at, ref d))
        {
            return false;
        }

        code = Cpu.Unpack(d, selector);
        return true;
    }

    private static bool StackForReturn(Cpu c, Op* op, ushort selector, int cpl, bool wide, out SegmentState stack)
    {
        stack = new SegmentState { Selector = selector, Attributes = (ushort)(cpl << 5) };
        if ((selector & 0xFFFC) == 0)
        {
            return (wide && cpl != 3 && (selector & 3) == cpl) || c.Raise(op, Vec.GP, 0);
        }

        if (!c.ReadDescriptor(op, selector, Vec.GP, out ulong d, out ulong at))
        {
            return false;
        }

        stack = Cpu.Unpack(d, selector);
        if ((selector & 3) != cpl || Cpu.Dpl(d) != cpl
            || (stack.Attributes & (Cpu.AttrS | Cpu.AttrCode | Cpu.AttrWritable)) != (Cpu.AttrS | Cpu.AttrWritable))
        {
            return c.Raise(op, Vec.GP, selector & 0xFFFCu);
        }

        if ((stack.Attributes & Cpu.AttrPresent) == 0)
        {
            return c.Raise(op, Vec.SS, selector & 0xFFFCu);
        }

        if (!c.MarkAccessed(op, at, ref d))
        {
            return false;
        }

        stack = Cpu.Unpack(d, selector);
        return true;
    }

    /// <summary>A return to an outer level clears data segments that the outer level may not use.</summary>
    private static void DropOuterSegments(Cpu c, int from)
    {
        if (c.Cpl <= from)
        {
            return;
        }

        for (int segment = 0; segment < 6; segment++)
        {
            ref SegmentState s = ref c.Seg[segment];
            bool conforming = (s.Attributes & (Cpu.AttrCode | Cpu.AttrConforming)) == (Cpu.AttrCode | Cpu.AttrConforming);
            if (segment is not (Sr.CS or Sr.SS) && (s.Attributes & Cpu.AttrPresent) != 0 && !conforming && ((s.Attributes >> 5) & 3) < c.Cpl)
            {
                s.Selector = 0;
                s.Attributes = 0;
            }
        }
    }

    private static bool ReturnProtected(Cpu c, Op* op)
    {
        int size = op->Size;
        if (!Stack.Peek(c, op, size, 0, out ulong ip) || !Stack.Peek(c, op, size, size, out ulong cs)
            || !Stack.Peek(c, op, size, 2 * size, out ulong flags))
        {
            return false;
        }

        if (size == 4 && (flags & Rf.VM) != 0 && c.Cpl == 0)
        {
            return ReturnToVirtual86(c, op, ip, (ushort)cs, flags);
        }

        ushort selector = (ushort)cs;
        if (!CodeForReturn(c, op, selector, out SegmentState code))
        {
            return false;
        }

        int from = c.Cpl;
        int rpl = selector & 3;
        if (rpl == from)
        {
            if (ip > code.Limit)
            {
                return c.Raise(op, Vec.GP, 0);
            }

            Stack.Drop(c, 3 * size);
            SetReturnFlags(c, flags, from, size);
            c.Rip = ip;
            c.SetCode(code, rpl);
            return true;
        }

        if (!Stack.Peek(c, op, size, 3 * size, out ulong sp) || !Stack.Peek(c, op, size, 4 * size, out ulong ss)
            || !StackForReturn(c, op, (ushort)ss, rpl, false, out SegmentState stack))
        {
            return false;
        }

        if (ip > code.Limit)
        {
            return c.Raise(op, Vec.GP, 0);
        }

        SetReturnFlags(c, flags, from, size);
        c.Seg[Sr.SS] = stack;
        c.Rip = ip;
        c.SetCode(code, rpl);
        Stack.SetPointer(c, sp);
        DropOuterSegments(c, from);
        return true;
    }

    private static bool ReturnToVirtual86(Cpu c, Op* op, ulong ip, ushort cs, ulong flags)
    {
        ulong* words = stackalloc ulong[6];
        for (int i = 0; i < 6; i++)
        {
            if (!Stack.Peek(c, op, 4, 12 + (i * 4), out words[i]))
            {
                return false;
            }
        }

        c.Rflags = (flags & 0x3F7FD7) | Rf.Fixed;
        c.Cpl = 3;
        c.LoadSegment(op, Sr.CS, cs);
        c.LoadSegment(op, Sr.SS, (ushort)words[1]);
        c.LoadSegment(op, Sr.ES, (ushort)words[2]);
        c.LoadSegment(op, Sr.DS, (ushort)words[3]);
        c.LoadSegment(op, Sr.FS, (ushort)words[4]);
        c.LoadSegment(op, Sr.GS, (ushort)words[5]);
        c.Reg(Rg.SP) = (uint)words[0];
        c.Rip = (ushort)ip;
        c.UpdateMode();
        return true;
    }

    /// <summary>Far JMP and CALL with an immediate pointer: Imm = offset, Disp = selector; Extra = 1 for CALL.</summary>
    internal static Op* FarDirect(Cpu c, Op* op) => Far(c, op, (ushort)op->Disp, (ulong)op->Imm);

    internal static Op* FarIndirect(Cpu c, Op* op) =>
        c.ReadPart(op, 0, op->Size, out ulong offset) && c.ReadPart(op, op->Size, 2, out ulong selector)
            ? Far(c, op, (ushort)selector, offset)
            : null;

    private static Op* Far(Cpu c, Op* op, ushort selector, ulong offset)
    {
        bool call = op->Extra == 1;
        if (!c.RealOrVirtual)
        {
            return FarTransfers.Go(c, op, selector, offset, call) ? Cpu.Continue(c) : null;
        }

        if (offset > c.Seg[Sr.CS].Limit)
        {
            return c.Fault(op, Vec.GP);
        }

        if (call)
        {
            ulong sp = c.Reg(Rg.SP);
            if (!Stack.Push(c, op, op->Size, c.Seg[Sr.CS].Selector)
                || !Stack.Push(c, op, op->Size, c.Reg(Rg.Block) + op->Next))
            {
                c.Reg(Rg.SP) = sp;
                return null;
            }
        }

        c.LoadSegment(op, Sr.CS, selector);
        c.Rip = offset;
        c.UpdateMode();
        return Cpu.Continue(c);
    }

    /// <summary>RETF: Imm = bytes to drop.</summary>
    internal static Op* FarReturn(Cpu c, Op* op)
    {
        int size = op->Size;
        if (!Stack.Peek(c, op, 2, size, out ulong cs) || !Stack.Peek(c, op, size, 0, out ulong ip))
        {
            return null;
        }

        if (c.RealOrVirtual)
        {
            if (ip > c.Seg[Sr.CS].Limit)
            {
                return c.Fault(op, Vec.GP);
            }

            Stack.Drop(c, (2 * size) + (int)op->Imm);
            c.LoadSegment(op, Sr.CS, (ushort)cs);
            c.Rip = ip;
            c.UpdateMode();
            return Cpu.Continue(c);
        }

        return ReturnFarProtected(c, op, ip, (ushort)cs) ? Cpu.Continue(c) : null;
    }

    private static bool ReturnFarProtected(Cpu c, Op* op, ulong ip, ushort selector)
    {
        int size = op->Size;
        if (!CodeForReturn(c, op, selector, out SegmentState code))
        {
            return false;
        }

        bool wide = c.Long && (code.Attributes & Cpu.AttrLong) != 0;
        ip = wide ? ip : (uint)ip;
        bool outside = wide ? !c.IsCanonical(ip) : ip > code.Limit;
        int rpl = selector & 3;
        int from = c.Cpl;
        if (rpl == from)
        {
            if (outside)
            {
                return c.Raise(op, Vec.GP, 0);
            }

            c.Rip = ip;
            c.SetCode(code, rpl);
            Stack.Drop(c, (2 * size) + (int)op->Imm); // with the width of the stack as the code sees it that goes on
            return true;
        }

        int at = (2 * size) + (int)op->Imm;
        if (!Stack.Peek(c, op, size, at, out ulong sp) || !Stack.Peek(c, op, size, at + size, out ulong ss)
            || !StackForReturn(c, op, (ushort)ss, rpl, wide, out SegmentState stack))
        {
            return false;
        }

        if (outside)
        {
            return c.Raise(op, Vec.GP, 0);
        }

        c.Seg[Sr.SS] = stack;
        c.Rip = ip;
        c.SetCode(code, rpl);
        Stack.SetPointer(c, sp + (ulong)op->Imm);
        DropOuterSegments(c, from);
        return true;
    }
}
