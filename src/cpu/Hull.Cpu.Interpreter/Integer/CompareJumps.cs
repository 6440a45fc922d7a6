namespace Hull.Cpu.Interpreter;

/// <summary>A comparison that was decoded.</summary>
/// <param name="Subtracts">CMP, not TEST.</param>
/// <param name="Operands">0 = two registers, 1 = register and memory, 2 = memory and register, 3 = register and number, 4 = memory and number.</param>
/// <param name="Size">Bytes of an operand.</param>
internal readonly record struct CompareForm(bool Subtracts, int Operands, int Size);

/// <summary>CMP or TEST with the conditional jump behind it, in one handler: every seventh instruction is such a jump.</summary>
/// <remarks>
/// The jump keeps its own operation, so code may enter at it, and nothing but the first one's handler differs. An operand that takes the
/// slow way leaves the jump to its own handler. Only 64-bit code has these: there a jump that stays in its page cannot fault.
/// </remarks>
// SAFETY: op is an operation of the running block, and the decoder has put the jump behind it into the same block.
internal static unsafe class CompareJumps
{
    private static Op* Go<TCondition>(Cpu c, Op* op)
        where TCondition : ICondition => TCondition.Holds(c) ? Flow.Jump(c, op + 1) : op + 2;

    private static Op* RegReg<TOp, T, TCondition>(Cpu c, Op* op)
        where TOp : IAlu
        where T : unmanaged
        where TCondition : ICondition
    {
        TOp.Apply<T>(c, c.Get<T>(op->Dst), c.Get<T>(op->Src));
        return Go<TCondition>(c, op);
    }

    private static Op* RegImm<TOp, T, TCondition>(Cpu c, Op* op)
        where TOp : IAlu
        where T : unmanaged
        where TCondition : ICondition
    {
        TOp.Apply<T>(c, c.Get<T>(op->Dst), Cpu.Cut<T>((ulong)op->Imm));
        return Go<TCondition>(c, op);
    }

    private static Op* RegMem<TOp, T, TCondition>(Cpu c, Op* op)
        where TOp : IAlu
        where T : unmanaged
        where TCondition : ICondition
    {
        if (op->Mode != 0 || !c.Hit(c.Flat(op), out T value))
        {
            return Alu.RegMem<TOp, T>(c, op);
        }

        TOp.Apply<T>(c, c.Get<T>(op->Dst), Cpu.Widen(value));
        return Go<TCondition>(c, op);
    }

    private static Op* MemReg<TOp, T, TCondition>(Cpu c, Op* op)
        where TOp : IAlu
        where T : unmanaged
        where TCondition : ICondition
    {
        if (op->Mode != 0 || !c.Hit(c.Flat(op), out T value))
        {
            return Alu.MemReg<TOp, T>(c, op);
        }

        TOp.Apply<T>(c, Cpu.Widen(value), c.Get<T>(op->Src));
        return Go<TCondition>(c, op);
    }

    private static Op* MemImm<TOp, T, TCondition>(Cpu c, Op* op)
        where TOp : IAlu
        where T : unmanaged
        where TCondition : ICondition
    {
        if (op->Mode != 0 || !c.Hit(c.Flat(op), out T value))
        {
            return Alu.MemImm<TOp, T>(c, op);
        }

        TOp.Apply<T>(c, Cpu.Widen(value), Cpu.Cut<T>((ulong)op->Imm));
        return Go<TCondition>(c, op);
    }

    /// <summary>The handler of both, or null for the combinations that are too seldom to have one.</summary>
    internal static Handler Pick(in CompareForm form, int condition) =>
        form.Subtracts ? OfSize<Compare>(form.Operands, form.Size, condition) : OfSize<Test>(form.Operands, form.Size, condition);

    private static Handler OfSize<TOp>(int form, int size, int condition)
        where TOp : IAlu => size switch
        {
            1 => OfCondition<TOp, byte>(form, condition),
            4 => OfCondition<TOp, uint>(form, condition),
            8 => OfCondition<TOp, ulong>(form, condition),
            _ => null,
        };

    private static Handler OfCondition<TOp, T>(int form, int condition)
        where TOp : IAlu
        where T : unmanaged => condition switch
        {
            2 => OfForm<TOp, T, IfB>(form),
            3 => OfForm<TOp, T, IfAE>(form),
            4 => OfForm<TOp, T, IfE>(form),
            5 => OfForm<TOp, T, IfNE>(form),
            6 => OfForm<TOp, T, IfBE>(form),
            7 => OfForm<TOp, T, IfA>(form),
            8 => OfForm<TOp, T, IfS>(form),
            9 => OfForm<TOp, T, IfNS>(form),
            12 => OfForm<TOp, T, IfL>(form),
            13 => OfForm<TOp, T, IfGE>(form),
            14 => OfForm<TOp, T, IfLE>(form),
            15 => OfForm<TOp, T, IfG>(form),
            _ => null,
        };

    private static Handler OfForm<TOp, T, TCondition>(int form)
        where TOp : IAlu
        where T : unmanaged
        where TCondition : ICondition => form switch
        {
            0 => &RegReg<TOp, T, TCondition>,
            1 => &RegMem<TOp, T, TCondition>,
            2 => &MemReg<TOp, T, TCondition>,
            3 => &RegImm<TOp, T, TCondition>,
            _ => &MemImm<TOp, T, TCondition>,
        };
}
