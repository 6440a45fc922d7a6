using Hull.Machine;

namespace Hull.Cpu.Interpreter;

/// <summary>Packed decimal integers of 18 digits: FBLD and FBSTP. Source: Intel SDM vol. 1, 4.7.</summary>
// SAFETY: op is an operation of the running block; buffers are 10 bytes.
internal static unsafe class X87Decimal
{
    private const ulong Limit = 1_000_000_000_000_000_000;

    internal static bool Read(Cpu c, Op* op, out FloatingPointRegister value)
    {
        byte* bytes = stackalloc byte[10];
        value = default;
        if (!c.ReadBytes(op, c.Ea(op), bytes, 10))
        {
            return false;
        }

        ulong number = 0;
        for (int i = 8; i >= 0; i--)
        {
            number = (number * 100) + (((ulong)bytes[i] >> 4) * 10) + ((ulong)bytes[i] & 15);
        }

        Real whole = Real.FromInteger((long)number);
        value = ((bytes[9] & 0x80) != 0 ? whole.Negated : whole).ToRegister();
        return true;
    }

    internal static void Write(ref FloatContext x, in Real value, byte* bytes)
    {
        FloatContext trial = x;
        long whole = value.Kind == RealKind.Unsupported ? long.MinValue : FloatMath.ToInteger(ref trial, value, 64);
        ulong magnitude = whole < 0 ? 0ul - (ulong)whole : (ulong)whole;
        if (magnitude >= Limit || value.IsNaN)
        {
            x.Flags |= FloatContext.Invalid;
            *(ulong*)bytes = 0xC000000000000000;
            *(ushort*)(bytes + 8) = 0xFFFF;
            return;
        }

        x = trial;
        for (int i = 0; i < 9; i++)
        {
            ulong pair = magnitude % 100;
            magnitude /= 100;
            bytes[i] = (byte)((pair / 10 << 4) | (pair % 10));
        }

        bytes[9] = (byte)(value.Sign ? 0x80 : 0);
    }
}
