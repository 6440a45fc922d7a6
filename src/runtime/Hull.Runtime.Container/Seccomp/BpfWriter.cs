using System.Buffers.Binary;

namespace Hull.Runtime.Container.Seccomp;

/// <summary>Writes classic BPF from its end to its start, so that every jump target is known when it is needed.</summary>
/// <remarks>
/// Source: linux/filter.h, linux/bpf_common.h; Documentation/networking/filter.rst. Conditional jumps reach 255
/// instructions; for a farther target a copy of its return or an unconditional jump is put beside them.
/// </remarks>
internal sealed class BpfWriter
{
    /// <summary>The most instructions the kernel takes: BPF_MAXINSNS.</summary>
    internal const int MaxInstructions = 4096;

    internal const ushort JumpEqual = 0x15;
    internal const ushort JumpGreater = 0x25;
    internal const ushort JumpGreaterOrEqual = 0x35;

    private const ushort LoadWord = 0x20;
    private const ushort AndConstant = 0x54;
    private const ushort JumpAlways = 0x05;
    private const ushort Return = 0x06;

    // Below 255 by the two instructions that may come between choosing a target and writing the jump to it.
    private const int Reach = 250;

    private readonly List<ulong> _reversed = new(256);
    private readonly List<(uint Action, int Position)> _returns = [];

    /// <summary>Writes "A = the word at this offset of struct seccomp_data".</summary>
    internal void Load(uint offset) => Add(LoadWord, 0, 0, offset);

    /// <summary>Writes "A &amp;= mask".</summary>
    internal void And(uint mask) => Add(AndConstant, 0, 0, mask);

    /// <summary>Writes a conditional jump and returns the place to jump to for reaching it.</summary>
    internal BpfTarget Branch(ushort code, uint value, BpfTarget whenTrue, BpfTarget whenFalse)
    {
        int positive = Near(whenTrue);
        int negative = Near(whenFalse);
        int here = _reversed.Count;
        Add(code, (byte)(here - positive - 1), (byte)(here - negative - 1), value);
        return BpfTarget.Instruction(here);
    }

    /// <summary>Makes the target what runs next after whatever is written now.</summary>
    internal void FallInto(BpfTarget target)
    {
        if (target.IsReturn)
        {
            AddReturn(target.Action);
        }
        else if (target.Position != _reversed.Count - 1)
        {
            Add(JumpAlways, 0, 0, (uint)(_reversed.Count - target.Position - 1));
        }
    }

    /// <summary>The place of the instruction written last.</summary>
    internal BpfTarget Here() => BpfTarget.Instruction(_reversed.Count - 1);

    /// <summary>The program in running order.</summary>
    internal byte[] ToBytes()
    {
        byte[] bytes = new byte[_reversed.Count * SeccompProgram.InstructionBytes];
        for (int i = 0; i < _reversed.Count; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(i * SeccompProgram.InstructionBytes), _reversed[^(i + 1)]);
        }

        return bytes;
    }

    private int Near(BpfTarget target)
    {
        int here = _reversed.Count;
        if (!target.IsReturn)
        {
            if (here - target.Position > Reach)
            {
                Add(JumpAlways, 0, 0, (uint)(here - target.Position - 1));
                return here;
            }

            return target.Position;
        }

        for (int i = 0; i < _returns.Count; i++)
        {
            if (_returns[i].Action == target.Action)
            {
                return here - _returns[i].Position <= Reach ? _returns[i].Position : AddReturn(target.Action);
            }
        }

        return AddReturn(target.Action);
    }

    private int AddReturn(uint action)
    {
        int here = _reversed.Count;
        Add(Return, 0, 0, action);
        for (int i = 0; i < _returns.Count; i++)
        {
            if (_returns[i].Action == action)
            {
                _returns[i] = (action, here);
                return here;
            }
        }

        _returns.Add((action, here));
        return here;
    }

    private void Add(ushort code, byte whenTrue, byte whenFalse, uint value)
    {
        if (_reversed.Count == MaxInstructions)
        {
            throw SeccompNames.Invalid(
                $"The seccomp profile needs more than {MaxInstructions} instructions, the most the kernel takes; use fewer argument conditions.");
        }

        // struct sock_filter: u16 code, u8 jt, u8 jf, u32 k; both architectures are little-endian.
        _reversed.Add(code | ((ulong)whenTrue << 16) | ((ulong)whenFalse << 24) | ((ulong)value << 32));
    }
}
