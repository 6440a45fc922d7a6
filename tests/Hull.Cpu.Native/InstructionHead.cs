namespace Hull.Cpu.Native;

/// <summary>Prefixes, map, opcode and ModRM of an instruction: as much decoding as the rig needs.</summary>
internal readonly ref struct InstructionHead
{
    internal InstructionHead(ReadOnlySpan<byte> code, bool is32Bit, bool is16Bit = false)
    {
        int at = 0;
        for (; at < code.Length; at++)
        {
            byte b = code[at];
            if (b is 0x66)
            {
                OperandSize = true;
            }
            else if (b is 0xF2 or 0xF3)
            {
                Repeat = b;
            }
            else if (b is 0xF0)
            {
                Lock = true;
            }
            else if (!(b is 0x26 or 0x2E or 0x36 or 0x3E or 0x64 or 0x65 or 0x67))
            {
                if (is32Bit || (b & 0xF0) != 0x40)
                {
                    break;
                }

                Rex = b;
                continue;
            }

            Rex = 0;
        }

        IsNarrow = OperandSize != is16Bit;
        int reg = (Rex << 1) & 8;
        int rm = (Rex << 3) & 8;
        byte At(ReadOnlySpan<byte> bytes, int index) => index < bytes.Length ? bytes[index] : (byte)0xCC;
        Opcode = At(code, at++);
        if (Opcode is 0xC4 or 0xC5 && (!is32Bit || At(code, at) >= 0xC0))
        {
            byte first = At(code, at++);
            byte last = Opcode == 0xC4 ? At(code, at++) : first;
            Map = Opcode == 0xC4 ? first & 31 : 1;
            IsVex = true;
            reg = (~first >> 4) & 8;
            rm = Opcode == 0xC4 ? (~first >> 2) & 8 : 0;
            Wide = Opcode == 0xC4 && (last & 0x80) != 0;
            Long = (last & 4) != 0;
            VexPrefix = last & 3;
            Register = (~last >> 3) & 15;
            Opcode = At(code, at++);
        }
        else if (Opcode == 0x0F)
        {
            Opcode = At(code, at++);
            Map = 1;
            if (Opcode is 0x38 or 0x3A)
            {
                Map = Opcode == 0x38 ? 2 : 3;
                Opcode = At(code, at++);
            }
        }

        ModRm = At(code, at++);
        Wide |= (Rex & 8) != 0;
        RegNumber = Field | reg;
        RmNumber = (ModRm & 7) | rm;
        OpcodeNumber = (Opcode & 7) | rm;
        Next = At(code, at);
    }

    internal bool OperandSize { get; }

    /// <summary>Whether operands have 16 bits, as far as prefixes decide.</summary>
    internal bool IsNarrow { get; }

    internal bool Lock { get; }

    internal bool IsVex { get; }

    internal bool Wide { get; }

    internal bool Long { get; }

    internal int VexPrefix { get; }

    internal int Register { get; }

    internal int Repeat { get; }

    internal int Rex { get; }

    internal int Map { get; }

    internal byte Opcode { get; }

    internal byte ModRm { get; }

    /// <summary>The byte after ModRM.</summary>
    internal byte Next { get; }

    /// <summary>The register that ModRM.reg names, with its prefix bit.</summary>
    internal int RegNumber { get; }

    /// <summary>The register that ModRM.rm names in register form, with its prefix bit.</summary>
    internal int RmNumber { get; }

    /// <summary>The register in an opcode's low three bits, with its prefix bit.</summary>
    internal int OpcodeNumber { get; }

    internal int Field => (ModRm >> 3) & 7;

    internal bool IsRegister => ModRm >= 0xC0;
}
