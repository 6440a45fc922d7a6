using System.Runtime.CompilerServices;

namespace Hull.Cpu.Interpreter;

/// <summary>One of the sixteen conditions. Source: Intel SDM vol. 1, appendix B.</summary>
internal interface ICondition
{
    static abstract bool Holds(Cpu c);
}

internal readonly struct IfO : ICondition
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Holds(Cpu c) => c.OF;
}

internal readonly struct IfNO : ICondition
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Holds(Cpu c) => !c.OF;
}

internal readonly struct IfB : ICondition
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Holds(Cpu c) => c.CF;
}

internal readonly struct IfAE : ICondition
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Holds(Cpu c) => !c.CF;
}

internal readonly struct IfE : ICondition
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Holds(Cpu c) => c.ZF;
}

internal readonly struct IfNE : ICondition
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Holds(Cpu c) => !c.ZF;
}

internal readonly struct IfBE : ICondition
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Holds(Cpu c) => c.CF || c.ZF;
}

internal readonly struct IfA : ICondition
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Holds(Cpu c) => !c.CF && !c.ZF;
}

internal readonly struct IfS : ICondition
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Holds(Cpu c) => c.SF;
}

internal readonly struct IfNS : ICondition
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Holds(Cpu c) => !c.SF;
}

internal readonly struct IfP : ICondition
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Holds(Cpu c) => c.PF;
}

internal readonly struct IfNP : ICondition
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Holds(Cpu c) => !c.PF;
}

internal readonly struct IfL : ICondition
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Holds(Cpu c) => c.Less;
}

internal readonly struct IfGE : ICondition
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Holds(Cpu c) => !c.Less;
}

internal readonly struct IfLE : ICondition
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Holds(Cpu c) => c.ZF || c.Less;
}

internal readonly struct IfG : ICondition
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Holds(Cpu c) => !c.ZF && !c.Less;
}

/// <summary>Picks the specialised handler for a condition code.</summary>
// SAFETY: only makes function pointers.
internal static unsafe class ConditionTable
{
    internal static Handler Jump(int condition) => condition switch
    {
        0 => &Flow.JumpIf<IfO>,
        1 => &Flow.JumpIf<IfNO>,
        2 => &Flow.JumpIf<IfB>,
        3 => &Flow.JumpIf<IfAE>,
        4 => &Flow.JumpIf<IfE>,
        5 => &Flow.JumpIf<IfNE>,
        6 => &Flow.JumpIf<IfBE>,
        7 => &Flow.JumpIf<IfA>,
        8 => &Flow.JumpIf<IfS>,
        9 => &Flow.JumpIf<IfNS>,
        10 => &Flow.JumpIf<IfP>,
        11 => &Flow.JumpIf<IfNP>,
        12 => &Flow.JumpIf<IfL>,
        13 => &Flow.JumpIf<IfGE>,
        14 => &Flow.JumpIf<IfLE>,
        _ => &Flow.JumpIf<IfG>,
    };

    internal static Handler LegacyJump(int condition) => condition switch
    {
        0 => &Flow.LegacyJumpIf<IfO>,
        1 => &Flow.LegacyJumpIf<IfNO>,
        2 => &Flow.LegacyJumpIf<IfB>,
        3 => &Flow.LegacyJumpIf<IfAE>,
        4 => &Flow.LegacyJumpIf<IfE>,
        5 => &Flow.LegacyJumpIf<IfNE>,
        6 => &Flow.LegacyJumpIf<IfBE>,
        7 => &Flow.LegacyJumpIf<IfA>,
        8 => &Flow.LegacyJumpIf<IfS>,
        9 => &Flow.LegacyJumpIf<IfNS>,
        10 => &Flow.LegacyJumpIf<IfP>,
        11 => &Flow.LegacyJumpIf<IfNP>,
        12 => &Flow.LegacyJumpIf<IfL>,
        13 => &Flow.LegacyJumpIf<IfGE>,
        14 => &Flow.LegacyJumpIf<IfLE>,
        _ => &Flow.LegacyJumpIf<IfG>,
    };

    internal static Handler SetReg(int condition) => condition switch
    {
        0 => &Moves.SetReg<IfO>,
        1 => &Moves.SetReg<IfNO>,
        2 => &Moves.SetReg<IfB>,
        3 => &Moves.SetReg<IfAE>,
        4 => &Moves.SetReg<IfE>,
        5 => &Moves.SetReg<IfNE>,
        6 => &Moves.SetReg<IfBE>,
        7 => &Moves.SetReg<IfA>,
        8 => &Moves.SetReg<IfS>,
        9 => &Moves.SetReg<IfNS>,
        10 => &Moves.SetReg<IfP>,
        11 => &Moves.SetReg<IfNP>,
        12 => &Moves.SetReg<IfL>,
        13 => &Moves.SetReg<IfGE>,
        14 => &Moves.SetReg<IfLE>,
        _ => &Moves.SetReg<IfG>,
    };

    internal static Handler SetMem(int condition) => condition switch
    {
        0 => &Moves.SetMem<IfO>,
        1 => &Moves.SetMem<IfNO>,
        2 => &Moves.SetMem<IfB>,
        3 => &Moves.SetMem<IfAE>,
        4 => &Moves.SetMem<IfE>,
        5 => &Moves.SetMem<IfNE>,
        6 => &Moves.SetMem<IfBE>,
        7 => &Moves.SetMem<IfA>,
        8 => &Moves.SetMem<IfS>,
        9 => &Moves.SetMem<IfNS>,
        10 => &Moves.SetMem<IfP>,
        11 => &Moves.SetMem<IfNP>,
        12 => &Moves.SetMem<IfL>,
        13 => &Moves.SetMem<IfGE>,
        14 => &Moves.SetMem<IfLE>,
        _ => &Moves.SetMem<IfG>,
    };

    internal static Handler Move16(int condition) => condition switch
    {
        0 => &Moves.CondReg<IfO, ushort>,
        1 => &Moves.CondReg<IfNO, ushort>,
        2 => &Moves.CondReg<IfB, ushort>,
        3 => &Moves.CondReg<IfAE, ushort>,
        4 => &Moves.CondReg<IfE, ushort>,
        5 => &Moves.CondReg<IfNE, ushort>,
        6 => &Moves.CondReg<IfBE, ushort>,
        7 => &Moves.CondReg<IfA, ushort>,
        8 => &Moves.CondReg<IfS, ushort>,
        9 => &Moves.CondReg<IfNS, ushort>,
        10 => &Moves.CondReg<IfP, ushort>,
        11 => &Moves.CondReg<IfNP, ushort>,
        12 => &Moves.CondReg<IfL, ushort>,
        13 => &Moves.CondReg<IfGE, ushort>,
        14 => &Moves.CondReg<IfLE, ushort>,
        _ => &Moves.CondReg<IfG, ushort>,
    };

    internal static Handler Move32(int condition) => condition switch
    {
        0 => &Moves.CondReg<IfO, uint>,
        1 => &Moves.CondReg<IfNO, uint>,
        2 => &Moves.CondReg<IfB, uint>,
        3 => &Moves.CondReg<IfAE, uint>,
        4 => &Moves.CondReg<IfE, uint>,
        5 => &Moves.CondReg<IfNE, uint>,
        6 => &Moves.CondReg<IfBE, uint>,
        7 => &Moves.CondReg<IfA, uint>,
        8 => &Moves.CondReg<IfS, uint>,
        9 => &Moves.CondReg<IfNS, uint>,
        10 => &Moves.CondReg<IfP, uint>,
        11 => &Moves.CondReg<IfNP, uint>,
        12 => &Moves.CondReg<IfL, uint>,
        13 => &Moves.CondReg<IfGE, uint>,
        14 => &Moves.CondReg<IfLE, uint>,
        _ => &Moves.CondReg<IfG, uint>,
    };

    internal static Handler Move64(int condition) => condition switch
    {
        0 => &Moves.CondReg<IfO, ulong>,
        1 => &Moves.CondReg<IfNO, ulong>,
        2 => &Moves.CondReg<IfB, ulong>,
        3 => &Moves.CondReg<IfAE, ulong>,
        4 => &Moves.CondReg<IfE, ulong>,
        5 => &Moves.CondReg<IfNE, ulong>,
        6 => &Moves.CondReg<IfBE, ulong>,
        7 => &Moves.CondReg<IfA, ulong>,
        8 => &Moves.CondReg<IfS, ulong>,
        9 => &Moves.CondReg<IfNS, ulong>,
        10 => &Moves.CondReg<IfP, ulong>,
        11 => &Moves.CondReg<IfNP, ulong>,
        12 => &Moves.CondReg<IfL, ulong>,
        13 => &Moves.CondReg<IfGE, ulong>,
        14 => &Moves.CondReg<IfLE, ulong>,
        _ => &Moves.CondReg<IfG, ulong>,
    };

    internal static Handler Load16(int condition) => condition switch
    {
        0 => &Moves.CondMem<IfO, ushort>,
        1 => &Moves.CondMem<IfNO, ushort>,
        2 => &Moves.CondMem<IfB, ushort>,
        3 => &Moves.CondMem<IfAE, ushort>,
        4 => &Moves.CondMem<IfE, ushort>,
        5 => &Moves.CondMem<IfNE, ushort>,
        6 => &Moves.CondMem<IfBE, ushort>,
        7 => &Moves.CondMem<IfA, ushort>,
        8 => &Moves.CondMem<IfS, ushort>,
        9 => &Moves.CondMem<IfNS, ushort>,
        10 => &Moves.CondMem<IfP, ushort>,
        11 => &Moves.CondMem<IfNP, ushort>,
        12 => &Moves.CondMem<IfL, ushort>,
        13 => &Moves.CondMem<IfGE, ushort>,
        14 => &Moves.CondMem<IfLE, ushort>,
        _ => &Moves.CondMem<IfG, ushort>,
    };

    internal static Handler Load32(int condition) => condition switch
    {
        0 => &Moves.CondMem<IfO, uint>,
        1 => &Moves.CondMem<IfNO, uint>,
        2 => &Moves.CondMem<IfB, uint>,
        3 => &Moves.CondMem<IfAE, uint>,
        4 => &Moves.CondMem<IfE, uint>,
        5 => &Moves.CondMem<IfNE, uint>,
        6 => &Moves.CondMem<IfBE, uint>,
        7 => &Moves.CondMem<IfA, uint>,
        8 => &Moves.CondMem<IfS, uint>,
        9 => &Moves.CondMem<IfNS, uint>,
        10 => &Moves.CondMem<IfP, uint>,
        11 => &Moves.CondMem<IfNP, uint>,
        12 => &Moves.CondMem<IfL, uint>,
        13 => &Moves.CondMem<IfGE, uint>,
        14 => &Moves.CondMem<IfLE, uint>,
        _ => &Moves.CondMem<IfG, uint>,
    };

    internal static Handler Load64(int condition) => condition switch
    {
        0 => &Moves.CondMem<IfO, ulong>,
        1 => &Moves.CondMem<IfNO, ulong>,
        2 => &Moves.CondMem<IfB, ulong>,
        3 => &Moves.CondMem<IfAE, ulong>,
        4 => &Moves.CondMem<IfE, ulong>,
        5 => &Moves.CondMem<IfNE, ulong>,
        6 => &Moves.CondMem<IfBE, ulong>,
        7 => &Moves.CondMem<IfA, ulong>,
        8 => &Moves.CondMem<IfS, ulong>,
        9 => &Moves.CondMem<IfNS, ulong>,
        10 => &Moves.CondMem<IfP, ulong>,
        11 => &Moves.CondMem<IfNP, ulong>,
        12 => &Moves.CondMem<IfL, ulong>,
        13 => &Moves.CondMem<IfGE, ulong>,
        14 => &Moves.CondMem<IfLE, ulong>,
        _ => &Moves.CondMem<IfG, ulong>,
    };
}
