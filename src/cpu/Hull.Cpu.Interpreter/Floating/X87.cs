namespace Hull.Cpu.Interpreter;

/// <summary>x87 control instructions. Source: Intel SDM vol. 2A.</summary>
// SAFETY: op is an operation of the running block.
internal static unsafe class X87
{
    /// <summary>WAIT: #NM with TS and MP, then pending exceptions.</summary>
    internal static Op* Wait(Cpu c, Op* op)
    {
        if ((c.Cr0 & (Cr.MP | Cr.TS)) == (Cr.MP | Cr.TS))
        {
            return c.Fault(op, Vec.NM);
        }

        return (c.FpuStatus & 0x80) != 0 ? c.Fault(op, Vec.MF) : op + 1;
    }

    internal static Op* Initialize(Cpu c, Op* op)
    {
        c.InitializeFpu();
        return op + 1;
    }

    internal static Op* ClearExceptions(Cpu c, Op* op)
    {
        c.FpuStatus &= 0x7F00;
        return op + 1;
    }

    internal static Op* StoreStatusAx(Cpu c, Op* op)
    {
        c.Set<ushort>(Rg.AX, c.FpuStatus);
        return op + 1;
    }

    internal static Op* StoreStatus(Cpu c, Op* op) => c.Write(op, c.Ea(op), c.FpuStatus) ? op + 1 : null;

    internal static Op* StoreControl(Cpu c, Op* op) => c.Write(op, c.Ea(op), c.FpuControl) ? op + 1 : null;

    internal static Op* LoadControl(Cpu c, Op* op)
    {
        if (!X87Moves.Ready(c, op) || !c.Read(op, c.Ea(op), out ushort value))
        {
            return null;
        }

        c.FpuControl = (ushort)((value & 0x1F7F) | 0x40);
        c.UpdateFpuSummary();
        return op + 1;
    }
}
