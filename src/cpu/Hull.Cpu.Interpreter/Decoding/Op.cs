namespace Hull.Cpu.Interpreter;

/// <summary>One decoded instruction: the handler and the operands it moves. Lives in the native arena of <see cref="BlockCache"/>.</summary>
// SAFETY: an Op is only reached through a block of the cache that made it; the cache frees its arena only between blocks.
internal unsafe struct Op
{
    /// <summary>Runs the instruction; returns the next one, or null to go back to the dispatcher.</summary>
    public delegate*<Cpu, Op*, Op*> Run;

    /// <summary>Immediate, or the branch target relative to the block's start.</summary>
    public long Imm;

    /// <summary>The first operation of the block a direct jump leads to, once known.</summary>
    public Op* Link;

    /// <summary>The same for the way not taken.</summary>
    public Op* LinkNext;

    /// <summary>Displacement; RIP-relative addresses are relative to the block's start.</summary>
    public int Disp;

    /// <summary>Byte offset of the first register operand in the register file.</summary>
    public byte Dst;

    /// <summary>Byte offset of the second register operand.</summary>
    public byte Src;

    /// <summary>Byte offset of the address's base register (or the zero register, or the block's start).</summary>
    public byte Base;

    /// <summary>Byte offset of the address's index register.</summary>
    public byte Index;

    /// <summary>Shift of the index register.</summary>
    public byte Scale;

    /// <summary>How the address becomes linear: 0 = as it is; see <see cref="AddressMode"/>.</summary>
    public byte Mode;

    /// <summary>Segment of the memory operand (also when Mode is 0: decides #SS or #GP).</summary>
    public byte Segment;

    /// <summary>A third register operand (VEX.vvvv), or the operand size, or sub-opcode: the handler knows.</summary>
    public byte Aux;

    /// <summary>Bytes of the memory operand, for limit checks.</summary>
    public byte Bytes;

    /// <summary>Operand-size in bytes of instructions with one handler for all sizes.</summary>
    public byte Size;

    /// <summary>Offset of the instruction from the block's start.</summary>
    public ushort Start;

    /// <summary>Offset of the following instruction from the block's start.</summary>
    public ushort Next;

    /// <summary>Immediate second byte or prefix bits.</summary>
    public byte Extra;

    /// <summary>1 = leads to the next block for a technical reason, 2 = a software interrupt.</summary>
    public byte Kind;

    /// <summary>The memory operand is written.</summary>
    public bool Writes;
}

/// <summary>Bits of <see cref="Op.Mode"/>.</summary>
internal static class AddressMode
{
    /// <summary>Add the segment's base (64-bit mode: FS and GS only).</summary>
    public const byte Base = 1;

    /// <summary>Wrap the offset at 32 bits.</summary>
    public const byte Wrap32 = 2;

    /// <summary>Wrap the offset at 16 bits.</summary>
    public const byte Wrap16 = 4;

    /// <summary>Check limit and rights of the segment (not in 64-bit mode).</summary>
    public const byte Check = 8;
}
