using Hull.Machine;

namespace Hull.Cpu.Interpreter;

/// <summary>Delivery of exceptions and interrupts through the IDT. Source: Intel SDM vol. 3A, chapter 6.</summary>
// SAFETY: see Cpu.cs; stack buffers here are as long as what is put into them.
internal sealed unsafe partial class Cpu
{
    private const uint ErrorExternal = 1, ErrorIdt = 2;

    private static bool HasError(int vector) => vector is Vec.DF or (>= Vec.TS and <= Vec.PF) or Vec.AC or 21;

    private static bool IsContributory(int vector) => vector is Vec.DE or (>= Vec.TS and <= Vec.GP);

    /// <summary>Delivers the fault that handlers noted; escalates to double fault and shutdown.</summary>
    /// <returns>False on a triple fault.</returns>
    internal bool DeliverFault()
    {
        Op* op = FaultOp;
        if (op != null)
        {
            Rip = WrapRip(Reg(Rg.Block) + op->Start);
        }

        int vector = FaultVector;
        uint error = FaultError;
        Faulted = false;
        _segmentFault = 0;
        int first = -1;
        for (; ; )
        {
            if (first == Vec.DF)
            {
                Activity = ActivityState.Shutdown;
                return false;
            }

            bool escalate = first >= 0
                && ((IsContributory(first) && IsContributory(vector))
                    || (first == Vec.PF && (vector == Vec.PF || IsContributory(vector))));
            if (escalate)
            {
                vector = Vec.DF;
                error = 0;
            }

            ulong saved = FlagsRest;
            if (vector == Vec.DB)
            {
                Dr[7] &= ~0x2000ul;
                FlagsRest |= _trapInside ? Rf.RF : 0;
                _trapInside = false;
            }
            else
            {
                FlagsRest |= Rf.RF; // faults save RF set so that the instruction restarts past its breakpoint
            }

            if (Interrupt(vector, error, HasError(vector), false, Rip))
            {
                return true;
            }

            FlagsRest = saved;
            first = vector;
            vector = FaultVector;
            error = FaultError | (first < 32 && vector is Vec.TS or Vec.NP or Vec.SS or Vec.GP ? ErrorExternal : 0);
            Faulted = false;
        }
    }

    // Only jumps and calls of 16 bits wrap at 64 KiB: code that just goes on counts on.
    internal ulong WrapRip(ulong rip) => Code64 ? rip : (uint)rip;

    /// <summary>INT n, an exception or a hardware interrupt.</summary>
    /// <param name="vector">The vector.</param>
    /// <param name="error">Its error code.</param>
    /// <param name="hasError">Whether one is pushed.</param>
    /// <param name="software">INT n, INT3, INTO: the gate's DPL counts.</param>
    /// <param name="returnRip">What is pushed.</param>
    /// <returns>False when delivering faulted; then nothing has changed but CR2.</returns>
    internal bool Interrupt(int vector, uint error, bool hasError, bool software, ulong returnRip)
    {
        bool done = (Cr0 & Cr.PE) == 0 ? InterruptReal(vector, returnRip)
            : Long ? InterruptLong(vector, error, hasError, software, returnRip)
            : InterruptProtected(vector, error, hasError, software, returnRip);
        return done;
    }

    private bool InterruptReal(int vector, ulong returnRip)
    {
        if ((vector * 4) + 3 > Idtr.Limit)
        {
            return Raise(null, vector == Vec.GP ? Vec.DF : Vec.GP, 0);
        }

        ushort sp = (ushort)Reg(Rg.SP);
        ulong stack = Seg[Sr.SS].Base;
        if (!WriteSystem(stack + (ushort)(sp - 2), (ushort)Rflags)
            || !WriteSystem(stack + (ushort)(sp - 4), Seg[Sr.CS].Selector)
            || !WriteSystem(stack + (ushort)(sp - 6), (ushort)returnRip)
            || !ReadSystem(Idtr.Base + ((ulong)vector * 4), out uint entry)) // a stack over the table changes it first
        {
            return false;
        }

        Set<ushort>(Rg.SP, (ulong)(sp - 6));
        FlagsRest &= ~(Rf.IF | Rf.TF | Rf.AC | Rf.RF);
        Seg[Sr.CS].Selector = (ushort)(entry >> 16);
        Seg[Sr.CS].Base = entry >> 16 << 4;
        Rip = (ushort)entry;
        UpdateMode();
        return true;
    }

    private bool InterruptLong(int vector, uint error, bool hasError, bool software, ulong returnRip)
    {
        uint gateError = ((uint)vector * 8) | ErrorIdt;
        if (((ulong)vector * 16) + 15 > Idtr.Limit)
        {
            return Raise(null, Vec.GP, gateError);
        }

        if (!ReadSystem(Idtr.Base + ((ulong)vector * 16), out ulong low) || !ReadSystem(Idtr.Base + ((ulong)vector * 16) + 8, out ulong high))
        {
            return false;
        }

        int type = (int)(low >> 40) & 0x1F;
        if (type is not (0xE or 0xF) || (software && Dpl(low) < Cpl))
        {
            return Raise(null, Vec.GP, gateError);
        }

        if ((low & (1ul << 47)) == 0)
        {
            return Raise(null, Vec.NP, gateError);
        }

        ushort selector = (ushort)(low >> 16);
        ulong target = (low & 0xFFFF) | ((low >> 32) & 0xFFFF0000) | (high << 32);
        if ((selector & 0xFFFC) == 0)
        {
            return Raise(null, Vec.GP, 0);
        }

        if (!ReadDescriptor(null, selector, Vec.GP, out ulong code, out ulong at))
        {
            return false;
        }

        SegmentState cs = Unpack(code, selector);
        if ((cs.Attributes & (AttrS | AttrCode)) != (AttrS | AttrCode) || Dpl(code) > Cpl
            || (cs.Attributes & (AttrLong | AttrBig)) != AttrLong)
        {
            return Raise(null, Vec.GP, selector & 0xFFFCu);
        }

        if ((cs.Attributes & AttrPresent) == 0)
        {
            return Raise(null, Vec.NP, selector & 0xFFFCu);
        }

        if (!MarkAccessed(null, at, ref code))
        {
            return false;
        }

        cs.Attributes |= AttrAccessed;
        int cpl = (cs.Attributes & AttrConforming) != 0 ? Cpl : Dpl(code);
        int ist = (int)(low >> 32) & 7;
        ulong rsp = Reg(Rg.SP);
        if (ist != 0 || cpl < Cpl)
        {
            ulong offset = ist != 0 ? 0x24 + ((ulong)(ist - 1) * 8) : 4 + ((ulong)cpl * 8);
            if (offset + 7 > Tr.Limit)
            {
                return Raise(null, Vec.TS, Tr.Selector & 0xFFFCu);
            }

            if (!ReadSystem(Tr.Base + offset, out rsp))
            {
                return false;
            }
        }

        rsp &= ~0xFul;
        return InterruptLongFrame(target, cs, cpl, rsp, error, hasError, returnRip, (type & 1) == 0);
    }

    private bool InterruptLongFrame(
        ulong target, in SegmentState cs, int cpl, ulong rsp, uint error, bool hasError, ulong returnRip, bool maskInterrupts)
    {
        ulong* frame = stackalloc ulong[6];
        int count = hasError ? 6 : 5;
        int at = 0;
        if (hasError)
        {
            frame[at++] = error;
        }

        frame[at++] = returnRip;
        frame[at++] = Seg[Sr.CS].Selector;
        frame[at++] = Rflags;
        frame[at++] = Code64 ? Reg(Rg.SP) : (uint)Reg(Rg.SP); // compatibility code has no more of it
        frame[at] = Seg[Sr.SS].Selector;
        ulong bottom = rsp - ((ulong)count * 8);
        int set = cpl == 3 ? SetUser : SetKernel;
        if (!IsCanonical(bottom) || !IsCanonical(rsp - 1))
        {
            return Raise(null, Vec.SS, 0);
        }

        if (!Access(null, bottom, count * 8, AccessKind.Write, (byte*)frame, set))
        {
            return false;
        }

        if (!IsCanonical(target))
        {
            return Raise(null, Vec.GP, 0);
        }

        if (cpl != Cpl)
        {
            Seg[Sr.SS] = new SegmentState { Selector = (ushort)cpl, Attributes = (ushort)(cpl << 5) };
        }

        Reg(Rg.SP) = bottom;
        FlagsRest &= ~(Rf.TF | Rf.RF | Rf.NT | (maskInterrupts ? Rf.IF : 0));
        Rip = target;
        SetCode(cs, cpl);
        return true;
    }

    private bool InterruptProtected(int vector, uint error, bool hasError, bool software, ulong returnRip)
    {
        uint gateError = ((uint)vector * 8) | ErrorIdt;
        if ((vector * 8) + 7 > Idtr.Limit)
        {
            return Raise(null, Vec.GP, gateError);
        }

        if (!ReadSystem(Idtr.Base + ((ulong)vector * 8), out ulong gate))
        {
            return false;
        }

        int type = (int)(gate >> 40) & 0x1F;
        if (type is not (5 or 6 or 7 or 0xE or 0xF) || (software && Dpl(gate) < Cpl))
        {
            return Raise(null, Vec.GP, gateError);
        }

        if ((gate & (1ul << 47)) == 0)
        {
            return Raise(null, Vec.NP, gateError);
        }

        ushort selector = (ushort)(gate >> 16);
        if (type == 5)
        {
            return SwitchTask(null, selector, TaskReason.Gate, returnRip) && (!hasError || PushTaskError(error));
        }

        if ((selector & 0xFFFC) == 0)
        {
            return Raise(null, Vec.GP, 0);
        }

        if (!ReadDescriptor(null, selector, Vec.GP, out ulong code, out ulong at))
        {
            return false;
        }

        SegmentState cs = Unpack(code, selector);
        if ((cs.Attributes & (AttrS | AttrCode)) != (AttrS | AttrCode) || Dpl(code) > Cpl)
        {
            return Raise(null, Vec.GP, selector & 0xFFFCu);
        }

        if ((cs.Attributes & AttrPresent) == 0)
        {
            return Raise(null, Vec.NP, selector & 0xFFFCu);
        }

        if (!MarkAccessed(null, at, ref code))
        {
            return false;
        }

        cs.Attributes |= AttrAccessed;
        int cpl = (cs.Attributes & AttrConforming) != 0 ? Cpl : Dpl(code);
        bool wide = (type & 8) != 0;
        ulong target = (gate & 0xFFFF) | (wide ? (gate >> 32) & 0xFFFF0000 : 0);
        return InterruptProtectedFrame(target, cs, cpl, wide, error, hasError, returnRip, (type & 1) == 0);
    }

    private bool InterruptProtectedFrame(
        ulong target, in SegmentState cs, int cpl, bool wide, uint error, bool hasError, ulong returnRip, bool maskInterrupts)
    {
        bool virtual86 = (FlagsRest & Rf.VM) != 0;
        StackFrame frame = new(this, wide);
        SegmentState ss = Seg[Sr.SS];
        if (cpl < Cpl || virtual86)
        {
            if (virtual86 && cpl != 0)
            {
                return Raise(null, Vec.GP, cs.Selector & 0xFFFCu);
            }

            if (!TaskStack(cpl, out ulong sp, out ss))
            {
                return false;
            }

            frame.Use(ss, sp, true);
            if (virtual86)
            {
                frame.Add(Seg[Sr.GS].Selector);
                frame.Add(Seg[Sr.FS].Selector);
                frame.Add(Seg[Sr.DS].Selector);
                frame.Add(Seg[Sr.ES].Selector);
            }

            frame.Add(Seg[Sr.SS].Selector);
            frame.Add(Reg(Rg.SP));
        }
        else
        {
            frame.Use(ss, Reg(Rg.SP), false);
        }

        frame.Add(Rflags);
        frame.Add(Seg[Sr.CS].Selector);
        frame.Add(returnRip);
        if (hasError)
        {
            frame.Add(error);
        }

        if (target > cs.Limit)
        {
            return Raise(null, Vec.GP, 0);
        }

        if (!frame.Push(cpl == 3 ? SetUser : SetKernel))
        {
            return false;
        }

        if (virtual86)
        {
            for (int segment = 0; segment < 6; segment++)
            {
                if (segment is not (Sr.CS or Sr.SS))
                {
                    Seg[segment] = default;
                }
            }
        }

        Seg[Sr.SS] = ss;
        frame.Commit();
        FlagsRest &= ~(Rf.TF | Rf.RF | Rf.NT | Rf.VM | (maskInterrupts ? Rf.IF : 0));
        Rip = target;
        SetCode(cs, cpl);
        return true;
    }

    /// <summary>The stack that the TSS names for a privilege level, outside long mode.</summary>
    internal bool TaskStack(int cpl, out ulong sp, out SegmentState ss)
    {
        sp = 0;
        ss = default;
        bool wide = (Tr.Attributes & 8) != 0;
        ulong offset = wide ? 4 + ((ulong)cpl * 8) : 2 + ((ulong)cpl * 4);
        ushort selector;
        if (offset + (wide ? 5u : 3u) > Tr.Limit)
        {
            return Raise(null, Vec.TS, Tr.Selector & 0xFFFCu);
        }

        if (wide)
        {
            if (!ReadSystem(Tr.Base + offset, out uint esp) || !ReadSystem(Tr.Base + offset + 4, out selector))
            {
                return false;
            }

            sp = esp;
        }
        else
        {
            if (!ReadSystem(Tr.Base + offset, out ushort narrow) || !ReadSystem(Tr.Base + offset + 2, out selector))
            {
                return false;
            }

            sp = narrow;
        }

        if ((selector & 0xFFFC) == 0)
        {
            return Raise(null, Vec.TS, 0);
        }

        if (!ReadDescriptor(null, selector, Vec.TS, out ulong d, out ulong at))
        {
            return false;
        }

        ss = Unpack(d, selector);
        if ((selector & 3) != cpl || Dpl(d) != cpl || (ss.Attributes & (AttrS | AttrCode | AttrWritable)) != (AttrS | AttrWritable))
        {
            return Raise(null, Vec.TS, selector & 0xFFFCu);
        }

        if ((ss.Attributes & AttrPresent) == 0)
        {
            return Raise(null, Vec.SS, selector & 0xFFFCu);
        }

        if (!MarkAccessed(null, at, ref d))
        {
            return false;
        }

        ss = Unpack(d, selector);
        return true;
    }
}
