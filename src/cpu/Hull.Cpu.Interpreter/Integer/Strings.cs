namespace Hull.Cpu.Interpreter;

/// <summary>MOVS, STOS, LODS, SCAS, CMPS, INS, OUTS. Source: Intel SDM vol. 2, REP.</summary>
/// <remarks>Size = element, Extra = bytes of the address, Aux = 0 no repeat, 1 REP or REPE, 2 REPNE; Segment of the source.</remarks>
// SAFETY: page runs stay inside the one page whose TLB entry matched.
internal static unsafe class Strings
{
    /// <summary>Values of Kind: MOVS, STOS, the others.</summary>
    internal const byte StringOther = 3, StringStore = 4, StringMove = 5;

    private static ulong Masked(Op* op, ulong value) => op->Extra == 8 ? value : op->Extra == 4 ? (uint)value : (ushort)value;

    private static ulong Source(Cpu c, Op* op) => c.StringLinear(op->Segment, Masked(op, c.Reg(Rg.SI)), op->Size, false);

    private static ulong Target(Cpu c, Op* op, bool write) => c.StringLinear(Sr.ES, Masked(op, c.Reg(Rg.DI)), op->Size, write);

    private static void Advance(Cpu c, Op* op, int register, long bytes) =>
        SetAddress(c, op, register, c.Reg(register) + (ulong)((c.FlagsRest & Rf.DF) != 0 ? -bytes : bytes));

    private static void SetAddress(Cpu c, Op* op, int register, ulong value) => c.SetSized(register, op->Extra, value);

    private static ulong Count(Cpu c, Op* op)
    {
        if (op->Aux == 0)
        {
            return 1;
        }

        // With 32-bit addresses the registers lose their upper halves before the first step: that is what processors do.
        if (op->Extra == 4)
        {
            c.Reg(Rg.CX) = (uint)c.Reg(Rg.CX);
            c.Reg(Rg.SI) = op->Kind == StringMove ? (uint)c.Reg(Rg.SI) : c.Reg(Rg.SI);
            c.Reg(Rg.DI) = op->Kind >= StringStore ? (uint)c.Reg(Rg.DI) : c.Reg(Rg.DI);
        }

        return Masked(op, c.Reg(Rg.CX));
    }

    /// <summary>One step done: takes it from the counter; says whether to stop here for an interrupt.</summary>
    private static bool Interrupted(Cpu c, Op* op, ulong left)
    {
        if (op->Aux == 0)
        {
            return false;
        }

        SetAddress(c, op, Rg.CX, left);
        if (left == 0 || c.Attention == 0)
        {
            return false;
        }

        c.Rip = c.WrapRip(c.Reg(Rg.Block) + op->Start);
        return true;
    }

    private static bool Load(Cpu c, Op* op, ulong address, out ulong value) => op->Size switch
    {
        1 => c.Load<byte>(op, address, out value),
        2 => c.Load<ushort>(op, address, out value),
        4 => c.Load<uint>(op, address, out value),
        _ => c.Load<ulong>(op, address, out value),
    };

    private static bool Store(Cpu c, Op* op, ulong address, ulong value) => op->Size switch
    {
        1 => c.Store<byte>(op, address, value),
        2 => c.Store<ushort>(op, address, value),
        4 => c.Store<uint>(op, address, value),
        _ => c.Store<ulong>(op, address, value),
    };

    internal static Op* Move(Cpu c, Op* op)
    {
        for (ulong count = Count(c, op); count != 0;)
        {
            ulong run = MoveRun(c, op, count);
            if (run == 0)
            {
                byte segment = op->Segment;
                if (!Load(c, op, Source(c, op), out ulong value) || !StoreTarget(c, op, value))
                {
                    return null;
                }

                op->Segment = segment;
                Advance(c, op, Rg.SI, op->Size);
                Advance(c, op, Rg.DI, op->Size);
                run = 1;
            }

            count -= run;
            if (Interrupted(c, op, count))
            {
                return null;
            }
        }

        return op + 1;
    }

    private static bool StoreTarget(Cpu c, Op* op, ulong value)
    {
        byte segment = op->Segment;
        ulong at = Target(c, op, true);
        op->Segment = Sr.ES;
        bool done = Store(c, op, at, value);
        op->Segment = segment;
        return done;
    }

    /// <summary>Copies as much as lies in one page on both sides.</summary>
    private static ulong MoveRun(Cpu c, Op* op, ulong count)
    {
        if (op->Aux == 0 || !c.Code64 || (c.FlagsRest & Rf.DF) != 0 || op->Extra != 8)
        {
            return 0;
        }

        ulong from = Source(c, op);
        ulong to = Target(c, op, true);
        ulong run = Math.Min(count, Math.Min(0x1000 - (from & 0xFFF), 0x1000 - (to & 0xFFF)) / op->Size);
        if (run < 2 || to - from < run * op->Size)
        {
            return 0;
        }

        byte* source = c.DirectRead(from);
        byte* target = c.Direct<byte>(to);
        if (source == null || target == null)
        {
            return 0;
        }

        Buffer.MemoryCopy(source, target, run * op->Size, run * op->Size);
        c.Reg(Rg.SI) += run * op->Size;
        c.Reg(Rg.DI) += run * op->Size;
        return run;
    }

    internal static Op* Fill(Cpu c, Op* op)
    {
        ulong value = c.Reg(Rg.AX);
        for (ulong count = Count(c, op); count != 0;)
        {
            ulong run = FillRun(c, op, count, value);
            if (run == 0)
            {
                if (!StoreTarget(c, op, value))
                {
                    return null;
                }

                Advance(c, op, Rg.DI, op->Size);
                run = 1;
            }

            count -= run;
            if (Interrupted(c, op, count))
            {
                return null;
            }
        }

        return op + 1;
    }

    private static ulong FillRun(Cpu c, Op* op, ulong count, ulong value)
    {
        if (op->Aux == 0 || !c.Code64 || (c.FlagsRest & Rf.DF) != 0 || op->Extra != 8)
        {
            return 0;
        }

        ulong to = Target(c, op, true);
        ulong run = Math.Min(count, (0x1000 - (to & 0xFFF)) / op->Size);
        byte* target = run < 2 ? null : c.Direct<byte>(to);
        if (target == null)
        {
            return 0;
        }

        switch (op->Size)
        {
            case 1:
                new Span<byte>(target, (int)run).Fill((byte)value);
                break;
            case 2:
                new Span<ushort>(target, (int)run).Fill((ushort)value);
                break;
            case 4:
                new Span<uint>(target, (int)run).Fill((uint)value);
                break;
            default:
                new Span<ulong>(target, (int)run).Fill(value);
                break;
        }

        c.Reg(Rg.DI) += run * op->Size;
        return run;
    }

    internal static Op* LoadString(Cpu c, Op* op)
    {
        for (ulong count = Count(c, op); count != 0;)
        {
            if (!Load(c, op, Source(c, op), out ulong value))
            {
                return null;
            }

            c.SetSized(Rg.AX, op->Size, value);
            Advance(c, op, Rg.SI, op->Size);
            if (Interrupted(c, op, --count))
            {
                return null;
            }
        }

        return op + 1;
    }

    private static void CompareSized(Cpu c, int size, ulong a, ulong b)
    {
        switch (size)
        {
            case 1:
                Sub.Apply<byte>(c, a, b);
                break;
            case 2:
                Sub.Apply<ushort>(c, a, b);
                break;
            case 4:
                Sub.Apply<uint>(c, a, b);
                break;
            default:
                Sub.Apply<ulong>(c, a, b);
                break;
        }
    }

    // What DI points at lies in ES, whatever the prefix says.
    private static bool LoadTarget(Cpu c, Op* op, ulong at, out ulong value)
    {
        byte segment = op->Segment;
        op->Segment = Sr.ES;
        bool done = Load(c, op, at, out value);
        op->Segment = segment;
        return done;
    }

    internal static Op* Scan(Cpu c, Op* op)
    {
        ulong a = c.GetSized(Rg.AX, op->Size);
        (long result, ulong carry) = (c.FlagResult, c.FlagCarry);
        for (ulong count = Count(c, op); count != 0;)
        {
            ulong at = Target(c, op, false);
            if (!LoadTarget(c, op, at, out ulong b))
            {
                // A fault or trap inside a repeated comparison leaves the flags as they were before it. Source: Intel SDM vol. 2B, REP.
                (c.FlagResult, c.FlagCarry) = (result, carry);
                return null;
            }

            CompareSized(c, op->Size, a, b);
            Advance(c, op, Rg.DI, op->Size);
            count--;
            bool stop = op->Aux != 0 && c.ZF != (op->Aux == 1);
            if (Interrupted(c, op, count) && !stop)
            {
                (c.FlagResult, c.FlagCarry) = (result, carry);
                return null;
            }

            if (stop)
            {
                break;
            }
        }

        return op + 1;
    }

    internal static Op* CompareStrings(Cpu c, Op* op)
    {
        (long result, ulong carry) = (c.FlagResult, c.FlagCarry);
        for (ulong count = Count(c, op); count != 0;)
        {
            // Processors read ES:[DI] first.
            ulong at = Target(c, op, false);
            if (!LoadTarget(c, op, at, out ulong b) || !Load(c, op, Source(c, op), out ulong a))
            {
                (c.FlagResult, c.FlagCarry) = (result, carry);
                return null;
            }

            CompareSized(c, op->Size, a, b);
            Advance(c, op, Rg.SI, op->Size);
            Advance(c, op, Rg.DI, op->Size);
            count--;
            bool stop = op->Aux != 0 && c.ZF != (op->Aux == 1);
            if (Interrupted(c, op, count) && !stop)
            {
                (c.FlagResult, c.FlagCarry) = (result, carry);
                return null;
            }

            if (stop)
            {
                break;
            }
        }

        return op + 1;
    }

    internal static Op* Input(Cpu c, Op* op)
    {
        ushort port = (ushort)c.Reg(Rg.DX);
        if (!SystemOps.PortAllowed(c, op, port, op->Size))
        {
            return null;
        }

        for (ulong count = Count(c, op); count != 0;)
        {
            ulong at = Target(c, op, true);
            if (!c.CheckWrite(op, at, op->Size) || !StoreTarget(c, op, c.Io.ReadPort(port, op->Size)))
            {
                return null;
            }

            Advance(c, op, Rg.DI, op->Size);
            if (Interrupted(c, op, --count))
            {
                return null;
            }
        }

        return op + 1;
    }

    internal static Op* Output(Cpu c, Op* op)
    {
        ushort port = (ushort)c.Reg(Rg.DX);
        if (!SystemOps.PortAllowed(c, op, port, op->Size))
        {
            return null;
        }

        for (ulong count = Count(c, op); count != 0;)
        {
            if (!Load(c, op, Source(c, op), out ulong value))
            {
                return null;
            }

            c.Io.WritePort(port, op->Size, (uint)value);
            Advance(c, op, Rg.SI, op->Size);
            if (Interrupted(c, op, --count))
            {
                return null;
            }
        }

        return op + 1;
    }
}
