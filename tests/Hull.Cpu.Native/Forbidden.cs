namespace Hull.Cpu.Native;

/// <summary>What is never run: system calls, answers that differ by nature, and what only the host has.</summary>
internal static class Forbidden
{
    /// <summary>Whether some bytes hold a system call; two bytes before the instruction belong to them, as a branch may lead between.</summary>
    internal static bool HasSystemCall(ReadOnlySpan<byte> code)
    {
        // SYSCALL, SYSENTER, SYSEXIT, INT 80h and what Linux emulates anywhere: a branch may lead into the middle of an instruction.
        for (int i = 0; i + 1 < code.Length; i++)
        {
            if (code[i] == 0x0F && code[i + 1] < 2 && i + 2 < code.Length && ((code[i + 2] >> 3) & 7) is 0 or 1 or 4 && !(code[i + 1] == 0 && (code[i + 2] & 0x20) != 0))
            {
                return true;
            }

            // XGETBV shows the features that the host's system uses.
            if (code[i] == 0x0F && code[i + 1] == 0x01 && i + 2 < code.Length && code[i + 2] == 0xD0)
            {
                return true;
            }

            if ((code[i] == 0x0F && code[i + 1] is 0x05 or 0x34 or 0x35) || (code[i] == 0xCD && code[i + 1] == 0x80))
            {
                return true;
            }
        }

        return false;
    }

    internal static bool Is(in InstructionHead head, bool is32Bit)
    {
        return head.IsVex ? IsVex(head) : head.Map switch
        {
            0 => IsOneByte(head, is32Bit),
            1 => IsTwoByte(head),
            2 => head.Opcode is 0xF8 or 0xF9 or 0xFA or 0xFB or 0xFC or 0xCF or (>= 0xD8 and <= 0xDA) || (head.Opcode == 0xF6 && head.Repeat == 0 && !head.OperandSize)
                || head.Opcode is 0x80 or 0x81 or 0x82 or 0xF5,
            _ => head.Opcode is 0xCE or 0xCF,
        };
    }

    // EVEX; transactions; port I/O needs no test; segment loads of selectors that only one world has are refused in both.
    private static bool IsOneByte(in InstructionHead head, bool is32Bit) => head.Opcode switch
    {
        0x62 => !is32Bit || head.IsRegister,
        0xC6 or 0xC7 => head.Field == 7 && head.IsRegister,
        0x9A or 0xEA => true,
        _ => false,
    };

    private static bool IsTwoByte(in InstructionHead head) => head.Opcode switch
    {
        0x00 => head.Field < 2 || head.Field > 5, // SLDT, STR: Linux emulates what UMIP refuses
        0x01 => head.IsRegister ? head.ModRm is not (0xF8 or 0xC8 or 0xC9 or 0xCA or 0xCB) || head.OperandSize || head.Repeat != 0
            : head.Field is 0 or 1 or 4 or 5,
        0x31 or 0x33 or 0xA2 or 0x37 or 0x78 or 0x79 => true, // RDTSC, RDPMC, CPUID, GETSEC, VMREAD, VMWRITE
        0x0F or 0x05 or 0x34 or 0x35 => true,
        0x1A or 0x1B or 0x1C or 0x1E => head.Repeat != 0 || head.OperandSize,
        0x30 or 0x32 => true,
        0xAE => head.IsRegister ? (head.Repeat != 0 || head.OperandSize) && head.Field >= 4 : (head.Field is 4 or 5 or 6) || head.Repeat != 0,
        0xC7 => head.Field is 3 or 4 or 5 or 6 or 7,
        0x09 or 0x08 => true,
        0x03 => true, // LSL: the limit of one of Linux's segments is the processor's number
        _ => false,
    };

    private static bool IsVex(in InstructionHead head) => head.Map switch
    {
        1 => head.Opcode is (>= 0x41 and <= 0x4B) or (>= 0x90 and <= 0x99), // AVX-512 masks
        2 => head.Opcode is 0x49 or 0x4B or (>= 0x50 and <= 0x53) or 0x5C or 0x5E or 0x6C or 0xCF or 0xB0 or 0xB1 or 0x72,
        3 => head.Opcode is (>= 0x30 and <= 0x33) or 0xCE or 0xCF,
        _ => true,
    };
}
