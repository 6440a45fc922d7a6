namespace Hull.Cpu.Interpreter.Tests;

/// <summary>Which status flags an instruction leaves undefined. Source: Intel SDM vol. 1, appendix A.</summary>
internal static class UndefinedFlags
{
    private const ushort CF = 1, PF = 4, AF = 0x10, ZF = 0x40, SF = 0x80, OF = 0x800;
    private const ushort All = CF | PF | AF | ZF | SF | OF;

    /// <summary>The flags of an instruction of the first processors, by its bytes with prefixes.</summary>
    internal static ushort Of(ReadOnlySpan<byte> code)
    {
        int at = 0;
        while (at < code.Length - 1 && code[at] is 0x26 or 0x2E or 0x36 or 0x3E or 0xF0 or 0xF2 or 0xF3)
        {
            at++;
        }

        byte opcode = code[at];
        int group = at + 1 < code.Length ? (code[at + 1] >> 3) & 7 : 0;
        return opcode switch
        {
            0x27 or 0x2F => OF,
            0x37 or 0x3F => PF | ZF | SF | OF,
            0xD4 when at + 1 < code.Length && code[at + 1] == 0 => All,
            0xD4 or 0xD5 => CF | AF | OF,
            0x69 or 0x6B => PF | AF | ZF | SF,
            0xC0 or 0xC1 or 0xD2 or 0xD3 => group < 4 ? OF : (ushort)(AF | OF),
            0xD0 or 0xD1 => group < 4 ? (ushort)0 : AF,
            0x08 or 0x09 or 0x0A or 0x0B or 0x0C or 0x0D => AF,
            0x20 or 0x21 or 0x22 or 0x23 or 0x24 or 0x25 => AF,
            0x30 or 0x31 or 0x32 or 0x33 or 0x34 or 0x35 => AF,
            0x84 or 0x85 or 0xA8 or 0xA9 => AF,
            0x80 or 0x81 or 0x82 or 0x83 => group is 1 or 4 or 6 ? AF : (ushort)0,
            0xF6 or 0xF7 => group switch
            {
                < 2 => AF,
                4 or 5 => PF | AF | ZF | SF,
                6 or 7 => All,
                _ => 0,
            },
            _ => 0,
        };
    }
}
