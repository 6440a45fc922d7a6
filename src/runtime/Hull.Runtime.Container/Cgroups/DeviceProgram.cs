namespace Hull.Runtime.Container.Cgroups;

/// <summary>Emits device rules as a BPF program for version 2 cgroups: one compare chain per exception, then the default.</summary>
/// <remarks>
/// Source: linux/bpf.h, struct bpf_insn and struct bpf_cgroup_dev_ctx; instruction set in Documentation/bpf/standardization.
/// The kernel calls it with r1 = context; r0 = 0 denies.
/// </remarks>
internal static class DeviceProgram
{
    private const byte LoadWord = 0x61; // BPF_LDX | BPF_MEM | BPF_W
    private const byte Move = 0xb7; // BPF_ALU64 | BPF_MOV | BPF_K
    private const byte MoveRegister = 0xbf; // BPF_ALU64 | BPF_MOV | BPF_X
    private const byte And32 = 0x54; // BPF_ALU | BPF_AND | BPF_K
    private const byte ShiftRight32 = 0x74; // BPF_ALU | BPF_RSH | BPF_K
    private const byte JumpIfNotEqual = 0x55; // BPF_JMP | BPF_JNE | BPF_K
    private const byte JumpIfNotEqual32 = 0x56; // BPF_JMP32 | BPF_JNE | BPF_K
    private const byte JumpIfEqual = 0x15; // BPF_JMP | BPF_JEQ | BPF_K
    private const byte Exit = 0x95; // BPF_JMP | BPF_EXIT

    private const int Context = 1;
    private const int Kind = 2;
    private const int Access = 3;
    private const int Major = 4;
    private const int Minor = 5;
    private const int Scratch = 1; // The context is not needed after the prologue.
    private const int Result = 0;

    private const int Block = 1; // BPF_DEVCG_DEV_BLOCK
    private const int Character = 2; // BPF_DEVCG_DEV_CHAR

    private const int PrologueInstructions = 6;
    private const int EpilogueInstructions = 2;
    private const int MostInstructionsPerRule = 8;

    /// <summary>Emits a program; each element is one instruction.</summary>
    internal static ulong[] Emit(DeviceRules rules)
    {
        List<ulong> code = new(PrologueInstructions + EpilogueInstructions + (rules.Exceptions.Count * MostInstructionsPerRule))
        {
            // access_type: the kind in the low 16 bits, the access in the high ones.
            Instruction(LoadWord, Kind, Context, 0, 0),
            Instruction(MoveRegister, Access, Kind, 0, 0),
            Instruction(And32, Kind, 0, 0, 0xffff),
            Instruction(ShiftRight32, Access, 0, 0, 16),
            Instruction(LoadWord, Major, Context, 4, 0),
            Instruction(LoadWord, Minor, Context, 8, 0),
        };
        foreach (DeviceRule rule in rules.Exceptions)
        {
            EmitRule(code, rule, rules.AllowsByDefault);
        }

        code.Add(Instruction(Move, Result, 0, 0, rules.AllowsByDefault ? 1 : 0));
        code.Add(Instruction(Exit, 0, 0, 0, 0));
        return [.. code];
    }

    private static void EmitRule(List<ulong> code, in DeviceRule rule, bool allowsByDefault)
    {
        bool hasMajor = rule.Major != DeviceRule.Any;
        bool hasMinor = rule.Minor != DeviceRule.Any;

        // An allowed device must be allowed everything that is asked; a denied one is hit by anything that is asked.
        bool checksAccess = allowsByDefault || rule.Access != DeviceAccess.All;

        // Jumps are counted in instructions from the next one; each failing test skips the rest of this rule.
        int left = (checksAccess ? 3 : 0) + (hasMajor ? 1 : 0) + (hasMinor ? 1 : 0) + 2;
        code.Add(Instruction(JumpIfNotEqual, Kind, 0, left, rule.Kind == 'b' ? Block : Character));
        if (checksAccess)
        {
            left -= 3;
            code.Add(Instruction(MoveRegister, Scratch, Access, 0, 0));
            int mask = (int)(allowsByDefault ? rule.Access : DeviceAccess.All & ~rule.Access);
            code.Add(Instruction(And32, Scratch, 0, 0, mask));
            code.Add(Instruction(allowsByDefault ? JumpIfEqual : JumpIfNotEqual, Scratch, 0, left, 0));
        }

        if (hasMajor)
        {
            code.Add(Instruction(JumpIfNotEqual32, Major, 0, --left, (int)(uint)rule.Major));
        }

        if (hasMinor)
        {
            code.Add(Instruction(JumpIfNotEqual32, Minor, 0, --left, (int)(uint)rule.Minor));
        }

        code.Add(Instruction(Move, Result, 0, 0, allowsByDefault ? 0 : 1));
        code.Add(Instruction(Exit, 0, 0, 0, 0));
    }

    // struct bpf_insn: code, dst:4 src:4, off (16 bits, signed), imm (32 bits, signed), little-endian.
    private static ulong Instruction(byte code, int destination, int source, int offset, int immediate) =>
        code | ((ulong)(uint)(destination | (source << 4)) << 8) | ((ulong)(ushort)offset << 16) | ((ulong)(uint)immediate << 32);
}
