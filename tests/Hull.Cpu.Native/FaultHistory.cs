namespace Hull.Cpu.Native;

/// <summary>How often each kind of instruction ended a long case: the kinds that nearly always do are drawn seldom.</summary>
/// <remarks>Fed with the interpreter's results only, so that equal seeds draw equal cases.</remarks>
internal sealed class FaultHistory
{
    private const int Least = 4;
    private const int Size = 1 << 16;

    private readonly ushort[] _runs = new ushort[Size];
    private readonly ushort[] _faults = new ushort[Size];

    internal void Note(in InstructionHead head, bool faulted)
    {
        int key = KeyOf(head);
        if (_runs[key] == ushort.MaxValue)
        {
            _runs[key] >>= 1;
            _faults[key] >>= 1;
        }

        _runs[key]++;
        _faults[key] += (ushort)(faulted ? 1 : 0);
    }

    internal bool IsHopeless(in InstructionHead head)
    {
        int key = KeyOf(head);
        return _runs[key] >= Least && _faults[key] * 3 > _runs[key];
    }

    // What decides whether an encoding exists; two kinds that share a key do no harm.
    private static int KeyOf(in InstructionHead head)
    {
        uint prefix = head.IsVex ? (uint)head.VexPrefix : head.Repeat == 0xF3 ? 2u : head.Repeat == 0xF2 ? 3u : head.OperandSize ? 1u : 0;
        uint key = head.Opcode | ((uint)head.Map << 8) | (prefix << 11);
        key |= ((head.IsVex ? 1u : 0) << 13) | ((head.Lock ? 1u : 0) << 14) | ((head.IsRegister ? 1u : 0) << 15) | ((uint)head.Field << 16);
        key |= ((head.Wide ? 1u : 0) << 19) | ((head.Long ? 1u : 0) << 20) | ((head.IsVex && head.Register == 15 ? 1u : 0) << 21);
        return (int)((key * 0x9E3779B1u) >> 16);
    }
}
