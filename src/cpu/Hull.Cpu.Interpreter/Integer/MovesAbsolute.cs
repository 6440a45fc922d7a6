namespace Hull.Cpu.Interpreter;

/// <summary>MOV between AL, AX, EAX or RAX and an absolute address (in Imm). Source: Intel SDM vol. 2B, MOV.</summary>
// SAFETY: op is an operation of the running block.
internal static unsafe class MovesAbsolute
{
    private static ulong Address(Cpu c, Op* op) => op->Mode == 0 ? (ulong)op->Imm : c.Linear(op, (ulong)op->Imm);

    internal static Op* Load(Cpu c, Op* op)
    {
        ulong value = 0;
        if (!c.ReadBytes(op, Address(c, op), &value, op->Size))
        {
            return null;
        }

        c.SetSized(Rg.AX, op->Size, value);
        return op + 1;
    }

    internal static Op* Store(Cpu c, Op* op)
    {
        ulong value = c.Reg(Rg.AX);
        return c.WriteBytes(op, Address(c, op), &value, op->Size) ? op + 1 : null;
    }
}
