namespace Hull.Cpu.Native;

/// <summary>Long cases: registers that hold addresses keep them, and what mostly faults is drawn seldom.</summary>
internal sealed partial class CodeGenerator
{
    /// <summary>The register with a small number that REX.X makes the index of an address.</summary>
    internal const int CalmIndex = 12;

    private const int MostCalm = 32;
    private const int MostCalmBytes = 220;
    private const int Exception = 256; // one in so many wild draws is kept

    private bool _calm;
    private bool _steady;

    /// <summary>What faulted how often.</summary>
    internal FaultHistory History { get; } = new();

    /// <summary>Whether a register holds an address in a long case: RBX, RSP, RBP, RSI, RDI, and with REX.B the same number.</summary>
    internal static bool IsCalmPointer(int register) => (register & 7) >= 3 && register != CalmIndex;

    // An undefined flag must not reach the instructions that follow: a comparison defines all six.
    private void DefineFlags()
    {
        Byte(0x83);
        Byte(0xF8 + random.Next(8));
        Byte(Immediate8());
    }

    private bool IsTooWild(in InstructionHead head, bool last)
    {
        bool wild = (_isLast && !last) || OverwritesPointer(head) || History.IsHopeless(head);
        return Approximate.Is(head) || (_steady && LoadsSelector(head)) || (wild && !random.OneIn(Exception));
    }

    // A random selector is valid once in ten thousand draws: what it does then is met too seldom to be known well.
    private bool LoadsSelector(in InstructionHead head) => !head.IsVex && head.Map switch
    {
        0 => head.Opcode is 0x07 or 0x17 or 0x1F or 0x8E or 0xCA or 0xCB or 0xCF || (head.Opcode == 0xFF && head.Field is 3 or 5)
            || (_is32Bit && head.Opcode is 0xC4 or 0xC5),
        1 => head.Opcode is 0x00 or 0x02 or 0x03 or 0xA1 or 0xA9 or 0xB2 or 0xB4 or 0xB5,
        _ => false,
    };

    private bool OverwritesPointer(in InstructionHead head)
    {
        int register = head.IsRegister ? head.RmNumber : 0;
        if (head.IsVex)
        {
            return head.Map switch
            {
                1 => head.Opcode is 0x50 or 0xD7 or 0xC5 or 0x2C or 0x2D ? IsKept(head.RegNumber) : head.Opcode == 0x7E && IsKept(register),
                2 => head.Opcode >= 0xF2 && (IsKept(head.RegNumber) || (head.Opcode is 0xF3 or 0xF6 && IsKept(head.Register))),
                _ => head.Opcode == 0xF0 ? IsKept(head.RegNumber) : head.Opcode is >= 0x14 and <= 0x17 && IsKept(register),
            };
        }

        return head.Map switch
        {
            0 => head.Opcode switch
            {
                0x61 => _is32Bit, // POPA
                >= 0x58 and <= 0x5F or (>= 0x90 and <= 0x97) or (>= 0xB0 and <= 0xBF) => IsKept(head.OpcodeNumber),
                >= 0x80 and <= 0x83 or 0x8F or 0xC0 or 0xC1 or (>= 0xC6 and <= 0xC7) or (>= 0xD0 and <= 0xD3) or 0xF6 or 0xF7 or >= 0xFE => IsKept(register),
                < 0x40 or 0x62 or 0x63 or 0x69 or 0x6B or (>= 0x84 and <= 0x8E) => IsKept(register) || IsKept(head.RegNumber),
                _ => false,
            },
            1 => head.Opcode switch
            {
                0x50 or 0xD7 or 0xC5 or 0x2C or 0x2D or (>= 0x40 and <= 0x4F) or 0x02 => IsKept(head.RegNumber),
                0x7E or (>= 0x90 and <= 0x9F) or 0xBA => IsKept(register),
                >= 0xC8 and <= 0xCF => IsKept(head.OpcodeNumber),
                >= 0xA0 and <= 0xC1 => IsKept(register) || IsKept(head.RegNumber),
                _ => false,
            },
            2 => head.Opcode >= 0xF0 && (IsKept(register) || IsKept(head.RegNumber)),
            _ => head.Opcode is >= 0x14 and <= 0x17 && IsKept(register),
        };
    }

    private static bool IsKept(int register) => register == CalmIndex || IsCalmPointer(register);
}
