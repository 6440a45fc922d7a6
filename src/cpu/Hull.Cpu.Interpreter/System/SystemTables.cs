using Hull.Machine;

namespace Hull.Cpu.Interpreter;

/// <summary>Descriptor tables, selectors and the instructions that look at them. Source: Intel SDM vol. 2.</summary>
// SAFETY: op is an operation of the running block.
internal static unsafe class SystemTables
{
    private static bool UmipAllows(Cpu c, Op* op) => c.Cpl == 0 || (c.Cr4 & Cr.UMIP) == 0 || c.Raise(op, Vec.GP, 0);

    /// <summary>SGDT (Extra 0) and SIDT (Extra 1).</summary>
    internal static Op* StoreTable(Cpu c, Op* op)
    {
        if (!UmipAllows(c, op))
        {
            return null;
        }

        TableState table = op->Extra == 0 ? c.Gdtr : c.Idtr;
        byte* buffer = stackalloc byte[10];
        *(ushort*)buffer = table.Limit;
        *(ulong*)(buffer + 2) = table.Base;
        return c.WriteBytes(op, c.Ea(op), buffer, c.Code64 ? 10 : 6) ? op + 1 : null;
    }

    /// <summary>LGDT (Extra 0) and LIDT (Extra 1).</summary>
    internal static Op* LoadTable(Cpu c, Op* op)
    {
        if (c.Cpl != 0)
        {
            return c.Fault(op, Vec.GP);
        }

        byte* buffer = stackalloc byte[10];
        *(ulong*)(buffer + 2) = 0;
        if (!c.ReadBytes(op, c.Ea(op), buffer, c.Code64 ? 10 : 6))
        {
            return null;
        }

        ulong address = *(ulong*)(buffer + 2);
        address = c.Code64 ? address : op->Size == 2 ? (uint)address & 0xFFFFFF : (uint)address;
        if (c.Code64 && !c.IsCanonical(address))
        {
            return c.Fault(op, Vec.GP);
        }

        TableState table = new() { Base = address, Limit = *(ushort*)buffer };
        if (op->Extra == 0)
        {
            c.Gdtr = table;
        }
        else
        {
            c.Idtr = table;
        }

        return op + 1;
    }

    /// <summary>SLDT, STR, SMSW by Extra (0, 1, 2).</summary>
    internal static Op* StoreSelector(Cpu c, Op* op)
    {
        if (op->Extra < 2 && c.RealOrVirtual)
        {
            return c.Fault(op, Vec.UD);
        }

        if (!UmipAllows(c, op))
        {
            return null;
        }

        ulong value = op->Extra switch
        {
            0 => c.Ldtr.Selector,
            1 => c.Tr.Selector,
            _ => c.Cr0,
        };
        if (op->Bytes != 0)
        {
            return c.Write(op, c.Ea(op), (ushort)value) ? op + 1 : null;
        }

        c.SetSized(op->Dst, op->Size, op->Extra == 2 ? value : (ushort)value);
        return op + 1;
    }

    /// <summary>LLDT (Extra 0) and LTR (Extra 1).</summary>
    internal static Op* LoadSelector(Cpu c, Op* op)
    {
        if (c.RealOrVirtual)
        {
            return c.Fault(op, Vec.UD);
        }

        if (c.Cpl != 0)
        {
            return c.Fault(op, Vec.GP);
        }

        if (!Multiply.Source<ushort>(c, op, out ulong selector))
        {
            return null;
        }

        bool done = op->Extra == 0 ? c.LoadLdt(op, (ushort)selector) : c.LoadTask(op, (ushort)selector);
        return done ? op + 1 : null;
    }

    /// <summary>MOV segment register, r/m16: Aux = segment.</summary>
    internal static Op* MoveToSegment(Cpu c, Op* op)
    {
        if (!Multiply.Source<ushort>(c, op, out ulong selector) || !c.LoadSegment(op, op->Aux, (ushort)selector))
        {
            return null;
        }

        return op->Aux == Sr.SS ? SystemOps.EndAfterStackSwitch(c, op) : SystemOps.EndIfLegacy(c, op);
    }

    internal static Op* MoveFromSegment(Cpu c, Op* op)
    {
        ushort selector = c.Seg[op->Aux].Selector;
        if (op->Bytes != 0)
        {
            return c.Write(op, c.Ea(op), selector) ? op + 1 : null;
        }

        c.SetSized(op->Dst, op->Size, selector);
        return op + 1;
    }

    /// <summary>LES, LDS, LSS, LFS, LGS: Aux = segment.</summary>
    internal static Op* LoadFarPointer(Cpu c, Op* op)
    {
        if (!c.ReadPart(op, 0, op->Size, out ulong offset)
            || !c.ReadPart(op, op->Size, 2, out ulong selector)
            || !c.LoadSegment(op, op->Aux, (ushort)selector))
        {
            return null;
        }

        c.SetSized(op->Dst, op->Size, offset);
        return SystemOps.EndIfLegacy(c, op); // LSS holds nothing back: it has loaded both halves
    }

    /// <summary>LAR, LSL, VERR, VERW by Extra.</summary>
    internal static Op* Inspect(Cpu c, Op* op)
    {
        if (c.RealOrVirtual)
        {
            return c.Fault(op, Vec.UD);
        }

        if (!Multiply.Source<ushort>(c, op, out ulong raw))
        {
            return null;
        }

        ushort selector = (ushort)raw;
        bool valid = false;
        ulong d = 0;
        if ((selector & 0xFFFC) != 0 && c.DescriptorAddress(selector, 8, out ulong at))
        {
            if (!c.ReadSystem(at, out d))
            {
                c.FaultOp = op;
                return null;
            }

            valid = Visible(c, selector, d, op->Extra);
        }

        if (valid && op->Extra < 2)
        {
            SegmentState s = Cpu.Unpack(d, selector);
            c.SetSized(op->Dst, op->Size, op->Extra == 0 ? (d >> 32) & 0x00FFFF00 : s.Limit);
        }

        c.StatusFlags = (c.StatusFlags & ~Rf.ZF) | (valid ? Rf.ZF : 0);
        return op + 1;
    }

    private static bool Visible(Cpu c, ushort selector, ulong d, int kind)
    {
        int type = (int)(d >> 40) & 0x1F;
        bool code = (type & 0x18) == 0x18;
        bool conforming = (type & 0x1C) == 0x1C;
        bool privilege = conforming || Math.Max(c.Cpl, selector & 3) <= Cpu.Dpl(d);
        if ((type & 0x10) == 0)
        {
            bool known = c.Long ? type is 2 or 9 or 11 || (kind == 0 && type == 12)
                : type is 1 or 2 or 3 or 9 or 11 || (kind == 0 && type is 4 or 5 or 12);
            return kind < 2 && known && privilege;
        }

        return privilege && kind switch
        {
            2 => !code || (type & 2) != 0,
            3 => !code && (type & 2) != 0,
            _ => true,
        };
    }

    internal static Op* AdjustPrivilege(Cpu c, Op* op)
    {
        if (c.RealOrVirtual)
        {
            return c.Fault(op, Vec.UD);
        }

        if (!Multiply.Source<ushort>(c, op, out ulong target))
        {
            return null;
        }

        ulong source = c.Get<ushort>(op->Dst);
        bool adjust = (target & 3) < (source & 3);
        if (adjust)
        {
            target = (target & 0xFFFC) | (source & 3);
            if (op->Bytes != 0)
            {
                // Only now is the segment asked whether it may be written.
                op->Writes = true;
                ulong at = c.Ea(op);
                op->Writes = false;
                if (!c.Write(op, at, (ushort)target))
                {
                    return null;
                }
            }
            else
            {
                c.Set<ushort>(op->Src, target);
            }
        }

        c.StatusFlags = (c.StatusFlags & ~Rf.ZF) | (adjust ? Rf.ZF : 0);
        return op + 1;
    }

    internal static Op* Bound(Cpu c, Op* op)
    {
        // The lower bound decides before the upper one is read.
        if (!c.ReadPart(op, 0, op->Size, out ulong lower))
        {
            return null;
        }

        int index = op->Size == 2 ? (short)c.Reg(op->Dst) : (int)c.Reg(op->Dst);
        if (index < (op->Size == 2 ? (short)lower : (int)lower))
        {
            return c.Fault(op, Vec.BR);
        }

        if (!c.ReadPart(op, op->Size, op->Size, out ulong upper))
        {
            return null;
        }

        bool outside = index > (op->Size == 2 ? (short)upper : (int)upper);
        return outside ? c.Fault(op, Vec.BR) : op + 1;
    }
}
