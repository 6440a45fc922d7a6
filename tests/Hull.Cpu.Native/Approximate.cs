using System.Buffers.Binary;

namespace Hull.Cpu.Native;

/// <summary>The transcendental functions of the x87: within one unit of the last place everywhere, equal nowhere. Source: Intel SDM vol. 1, 8.3.10.</summary>
internal static class Approximate
{
    private const ulong MostUnits = 2;

    private const int OpenFlags = 0x30; // underflow, inexact
    private const int RoundedUp = 0x200; // C1
    private const int Summary = 0x8080; // ES and B

    /// <summary>F2XM1, FYL2X, FPTAN, FPATAN, FYL2XP1, FSINCOS, FSIN, FCOS.</summary>
    internal static bool Is(in InstructionHead head) =>
        head.Map == 0 && !head.IsVex && head.Opcode == 0xD9 && head.ModRm is (>= 0xF0 and <= 0xF3) or 0xF9 or 0xFB or 0xFE or 0xFF;

    /// <summary>Whether the manual leaves the result open: F2XM1 and FYL2XP1 outside their range.</summary>
    internal static bool IsOutside(in InstructionHead head, ReadOnlySpan<byte> record)
    {
        int exponent = BinaryPrimitives.ReadUInt16LittleEndian(record[(CaseLayout.St + 8)..]) & 0x7FFF;
        return exponent != 0x7FFF && ((head.ModRm == 0xF0 && exponent >= 0x3FFF) || (head.ModRm == 0xF9 && exponent >= 0x3FFD));
    }

    /// <summary>Status bits that two processors need not have in common: the summary follows the open flags that are not masked.</summary>
    internal static int OpenBits(int different, int control) =>
        OpenFlags | RoundedUp | ((different & OpenFlags & ~control) != 0 ? Summary : 0);

    /// <summary>Whether two register values are as close as two processors may be.</summary>
    internal static bool AreClose(ulong a, int aExponent, ulong b, int bExponent)
    {
        Int128 left = ((Int128)aExponent << 63) + (Int128)(a & long.MaxValue);
        Int128 right = ((Int128)bExponent << 63) + (Int128)(b & long.MaxValue);
        return Int128.Abs(left - right) <= MostUnits;
    }
}
