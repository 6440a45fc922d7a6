using System.Runtime.CompilerServices;

namespace Hull.Cpu.Interpreter;

// Source of all operations here: Intel SDM vol. 2, the page of the mnemonic.

internal readonly struct Add : IAlu
{
    public static bool Writes => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Apply<T>(Cpu c, ulong a, ulong b)
        where T : unmanaged
    {
        ulong r = a + b;
        c.SetArithmetic<T>(r, (a & b) | ((a | b) & ~r));
        return r;
    }
}

internal readonly struct Adc : IAlu
{
    public static bool Writes => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Apply<T>(Cpu c, ulong a, ulong b)
        where T : unmanaged
    {
        ulong r = a + b + (c.CF ? 1ul : 0);
        c.SetArithmetic<T>(r, (a & b) | ((a | b) & ~r));
        return r;
    }
}

internal readonly struct Sub : IAlu
{
    public static bool Writes => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Apply<T>(Cpu c, ulong a, ulong b)
        where T : unmanaged
    {
        ulong r = a - b;
        c.SetArithmetic<T>(r, (~a & b) | ((~a | b) & r));
        return r;
    }
}

internal readonly struct Sbb : IAlu
{
    public static bool Writes => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Apply<T>(Cpu c, ulong a, ulong b)
        where T : unmanaged
    {
        ulong r = a - b - (c.CF ? 1ul : 0);
        c.SetArithmetic<T>(r, (~a & b) | ((~a | b) & r));
        return r;
    }
}

internal readonly struct Compare : IAlu
{
    public static bool Writes => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Apply<T>(Cpu c, ulong a, ulong b)
        where T : unmanaged => Sub.Apply<T>(c, a, b);
}

internal readonly struct And : IAlu
{
    public static bool Writes => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Apply<T>(Cpu c, ulong a, ulong b)
        where T : unmanaged
    {
        ulong r = a & b;
        c.SetLogic<T>(r);
        return r;
    }
}

internal readonly struct Test : IAlu
{
    public static bool Writes => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Apply<T>(Cpu c, ulong a, ulong b)
        where T : unmanaged => And.Apply<T>(c, a, b);
}

internal readonly struct Or : IAlu
{
    public static bool Writes => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Apply<T>(Cpu c, ulong a, ulong b)
        where T : unmanaged
    {
        ulong r = a | b;
        c.SetLogic<T>(r);
        return r;
    }
}

internal readonly struct Xor : IAlu
{
    public static bool Writes => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Apply<T>(Cpu c, ulong a, ulong b)
        where T : unmanaged
    {
        ulong r = a ^ b;
        c.SetLogic<T>(r);
        return r;
    }
}

internal readonly struct Inc : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Apply<T>(Cpu c, ulong a)
        where T : unmanaged
    {
        bool carry = c.CF;
        ulong r = Add.Apply<T>(c, a, 1);
        c.SetCarry(carry);
        return r;
    }
}

internal readonly struct Dec : IUnary
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Apply<T>(Cpu c, ulong a)
        where T : unmanaged
    {
        bool carry = c.CF;
        ulong r = Sub.Apply<T>(c, a, 1);
        c.SetCarry(carry);
        return r;
    }
}

internal readonly struct Neg : IUnary
{
    public static ulong Apply<T>(Cpu c, ulong a)
        where T : unmanaged => Sub.Apply<T>(c, 0, a);
}

internal readonly struct Not : IUnary
{
    public static ulong Apply<T>(Cpu c, ulong a)
        where T : unmanaged => ~a;
}
