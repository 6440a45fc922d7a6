namespace Hull.Cpu.Native;

/// <summary>How often each kind of instruction ended a long case: the kinds that nearly always do are drawn seldom.</summary>
/// <remarks>Fed with the interpreter's results only, so that equal seeds draw equal cases.</remarks>
internal sealed class FaultHistory
{
    private const int Size = 1 << 16;

    // Three looks at an instruction: opcode and prefix; with the form of its operands; with everything.
    private readonly ushort[][] _runs = [new ushort[Size], new ushort[Size], new ushort[Size]];
    private readonly ushort[][] _faults = [new ushort[Size], new ushort[Size], new ushort[Size]];

    internal void Note(in InstructionHead head, bool faulted)
    {
        for (int look = 0; look < _runs.Length; look++)
        {
            int key = KeyOf(head, look);
            ref ushort runs = ref _runs[look][key];
            ref ushort faults = ref _faults[look][key];
            if (runs == ushort.MaxValue)
            {
                runs >>= 1;
                faults >>= 1;
            }

            runs++;
            faults += (ushort)(faulted ? 1 : 0);
        }
    }

    /// <summary>Whether what is known of an instruction, the finest look that knows enough, says that it faults.</summary>
    internal bool IsHopeless(in InstructionHead head)
    {
        for (int look = _runs.Length - 1; look >= 0; look--)
        {
            int key = KeyOf(head, look);
            int runs = _runs[look][key];
            int faults = _faults[look][key];
            if (runs >= (look == 2 ? 3 : look == 1 ? 2 : 1))
            {
                return faults * 5 > runs;
            }
        }

        return false;
    }

    // What decides whether an encoding exists; two kinds that share a key do no harm.
    private static int KeyOf(in InstructionHead head, int look)
    {
        uint prefix = head.IsVex ? (uint)head.VexPrefix : head.Repeat == 0xF3 ? 2u : head.Repeat == 0xF2 ? 3u : head.OperandSize ? 1u : 0;
        uint key = head.Opcode | ((uint)head.Map << 8) | (prefix << 11) | ((head.IsVex ? 1u : 0) << 13) | ((head.Lock ? 1u : 0) << 14);
        if (look > 0)
        {
            key |= ((head.IsRegister ? 1u : 0) << 15) | ((head.IsVex && head.Register == 15 ? 1u : 0) << 21);
        }

        if (look > 1)
        {
            bool register = head.Map == 0 && head.Opcode is >= 0xD8 and <= 0xDF && head.IsRegister;
            key |= ((uint)head.Field << 16) | ((head.Wide ? 1u : 0) << 19) | ((head.Long ? 1u : 0) << 20) | (register ? (uint)(head.ModRm & 7) << 22 : 0);
        }

        return (int)((key * 0x9E3779B1u) >> 16);
    }
}
