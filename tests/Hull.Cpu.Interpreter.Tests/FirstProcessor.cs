namespace Hull.Cpu.Interpreter.Tests;

/// <summary>What the 8086 did and no processor since: its recordings are compared without it.</summary>
internal static class FirstProcessor
{
    private const int Cx = 2, Cs = 4, Ss = 5, Es = 7, Sp = 8;

    private static readonly byte[] s_prefixes = [0x26, 0x2E, 0x36, 0x3E, 0xF0, 0xF1, 0xF2, 0xF3];

    /// <summary>
    /// Addresses that wrap at a mebibyte, LOCK anywhere, opcodes that later processors gave away (POP CS, 60h to 6Fh, C0h, C1h, C8h, C9h),
    /// aliases and undefined fields, the SP that PUSH SP stores, shift counts above 31, instructions with more than 15 bytes, no x87, HLT.
    /// </summary>
    internal static bool IsOfItsTime(RealModeVector vector)
    {
        for (int segment = Cs; segment <= Es; segment++)
        {
            if (vector.Before[segment] > 0xF000)
            {
                return true;
            }
        }

        int at = vector.Bytes.AsSpan().IndexOfAnyExcept(s_prefixes);
        if (at < 0 || vector.Bytes.AsSpan(0, at).ContainsAny<byte>(0xF0, 0xF1))
        {
            return true;
        }

        byte code = vector.Bytes[at];
        byte modRm = vector.Bytes[Math.Min(at + 1, vector.Bytes.Length - 1)];
        int field = (modRm >> 3) & 7;
        return code switch
        {
            0x0F or (>= 0x60 and <= 0x6F) or 0xC0 or 0xC1 or 0xC8 or 0xC9 or 0x54 or 0xF1 or 0xF4 or (>= 0xD8 and <= 0xDF) => true,
            0x8C or 0x8E => field > 3 || (code == 0x8E && field == 1),
            0x8F or 0xC6 or 0xC7 => field != 0,
            0x8D or 0xC4 or 0xC5 => modRm >= 0xC0,
            0xD0 or 0xD1 => field == 6,
            0xD2 or 0xD3 => field == 6 || (byte)vector.Before[Cx] > 31,
            0xFE => field > 1,
            0xFF => field == 7 || (field is 3 or 5 && modRm >= 0xC0) || (field == 6 && modRm == 0xF4),

            // A repeat prefix changes the sign of what these divide.
            0xF6 or 0xF7 => field >= 4 && at > 0 && vector.Bytes.AsSpan(0, at).ContainsAny<byte>(0xF2, 0xF3),
            _ => false,
        };
    }

    /// <summary>Where PUSHF, INT3, INT and INTO leave the flags, whose highest four bits are the 8086's own; all ones for others.</summary>
    internal static uint PushedFlags(RealModeVector vector)
    {
        byte code = vector.Bytes[vector.Bytes.AsSpan().IndexOfAnyExcept(s_prefixes)];
        return code is 0x9C or (>= 0xCC and <= 0xCE)
            ? ((uint)vector.After[Ss] << 4) + (ushort)(vector.After[Sp] + (code == 0x9C ? 0 : 4))
            : uint.MaxValue;
    }
}
