namespace Hull.Cpu.Native;

/// <summary>Status flags that an instruction leaves undefined. Source: Intel SDM vol. 1, appendix A, and the instructions' pages.</summary>
internal static class UndefinedFlags
{
    private const ulong C = 1, P = 4, A = 0x10, Z = 0x40, S = 0x80, O = 0x800;

    internal static ulong Of(ReadOnlySpan<byte> code, bool is32Bit, bool is16Bit) => Of(new InstructionHead(code, is32Bit, is16Bit));

    internal static ulong Of(in InstructionHead head)
    {
        if (head.IsVex)
        {
            return head.Map switch
            {
                2 when head.Opcode is 0xF2 or 0xF3 => A | P, // ANDN, BLSR, BLSMSK, BLSI
                2 when head.Opcode is 0xF5 && head.VexPrefix == 0 => A | P, // BZHI
                2 when head.Opcode is 0xF7 && head.VexPrefix == 0 => A | S | P, // BEXTR
                _ => 0,
            };
        }

        return head.Map switch
        {
            0 => OneByte(head),
            1 => TwoByte(head),
            _ => 0,
        };
    }

    private static ulong OneByte(in InstructionHead head) => head.Opcode switch
    {
        0x69 or 0x6B => S | Z | A | P,
        0xF6 or 0xF7 => head.Field switch
        {
            4 or 5 => S | Z | A | P,
            6 or 7 => C | O | S | Z | A | P,
            0 or 1 => A,
            _ => 0,
        },
        0xC0 or 0xC1 or 0xD2 or 0xD3 => head.Field < 4 ? O | (head.Field is 2 or 3 ? C : 0) : O | A | C,
        0xD0 or 0xD1 => head.Field < 4 ? 0 : A,
        >= 0x20 and <= 0x25 or (>= 0x08 and <= 0x0D) or (>= 0x30 and <= 0x35) or 0x84 or 0x85 or 0xA8 or 0xA9 => A,
        >= 0x80 and <= 0x83 => head.Field is 1 or 4 or 6 ? A : 0,
        0x27 or 0x2F => O,
        0x37 or 0x3F => O | S | Z | P,
        0xD4 or 0xD5 => O | A | C,
        _ => 0,
    };

    private static ulong TwoByte(in InstructionHead head) => head.Opcode switch
    {
        0xAF => S | Z | A | P,
        0xA3 or 0xAB or 0xB3 or 0xBB or 0xBA => O | S | A | P,
        0xA4 or 0xA5 or 0xAC or 0xAD => O | A | (head.IsNarrow ? C | S | Z | P : 0),
        0xBC or 0xBD => head.Repeat == 0xF3 ? O | S | P | A : C | O | S | A | P,
        _ => 0,
    };
}
