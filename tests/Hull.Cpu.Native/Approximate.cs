using System.Buffers.Binary;

namespace Hull.Cpu.Native;

/// <summary>The transcendental functions of the x87: within one unit of the last place everywhere, equal nowhere. Source: Intel SDM vol. 1, 8.3.10.</summary>
internal static class Approximate
{
    private const ulong MostUnits = 2;

    internal const ushort OpenStatus = 0x230; // underflow, inexact, C1

    /// <summary>F2XM1, FYL2X, FPTAN, FPATAN, FYL2XP1, FSINCOS, FSIN, FCOS.</summary>
    internal static bool Is(ReadOnlySpan<byte> code, bool is32Bit)
    {
        InstructionHead head = new(code, is32Bit);
        return head.Map == 0 && head.Opcode == 0xD9 && head.ModRm is (>= 0xF0 and <= 0xF3) or 0xF9 or 0xFB or 0xFE or 0xFF;
    }

    /// <summary>Whether the manual leaves the result open: F2XM1 and FYL2XP1 outside their range.</summary>
    internal static bool IsOutside(ReadOnlySpan<byte> code, bool is32Bit, ReadOnlySpan<byte> record)
    {
        InstructionHead head = new(code, is32Bit);
        int exponent = BinaryPrimitives.ReadUInt16LittleEndian(record[(CaseLayout.St + 8)..]) & 0x7FFF;
        return exponent != 0x7FFF && ((head.ModRm == 0xF0 && exponent >= 0x3FFF) || (head.ModRm == 0xF9 && exponent >= 0x3FFD));
    }

    /// <summary>Whether two register values are as close as two processors may be.</summary>
    internal static bool AreClose(ulong a, int aExponent, ulong b, int bExponent)
    {
        Int128 left = ((Int128)aExponent << 63) + (Int128)(a & long.MaxValue);
        Int128 right = ((Int128)bExponent << 63) + (Int128)(b & long.MaxValue);
        return Int128.Abs(left - right) <= MostUnits;
    }
}
