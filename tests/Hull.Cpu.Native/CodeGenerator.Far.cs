using System.Buffers.Binary;

namespace Hull.Cpu.Native;

/// <summary>Far transfers to the place behind them, in the same mode or another one.</summary>
internal sealed partial class CodeGenerator
{
    private const int Direct = 0, Indirect = 1, Return = 2;

    private void FarTransfer(List<int> ends)
    {
        ushort selector = random.OneIn(8) ? AnySelector() : s_code[random.Next(s_code.Length)];
        int offsetAt = random.Next(4) switch
        {
            Direct when _is32Bit => FarDirect(selector, ends),
            Direct or Indirect => FarIndirect(selector, ends),
            Return => FarReturn(selector, ends),
            _ => InterruptReturn(selector, ends),
        };

        // Where it leads is known only now; a narrow offset keeps the number that was put behind it.
        int size = _offsetBytes;
        ulong offset = _slot + (ulong)_at - LocalSegments.BaseOf(selector);
        Span<byte> field = _bytes.AsSpan(offsetAt);
        if (size == 2)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(field, (ushort)offset);
        }
        else
        {
            BinaryPrimitives.WriteUInt32LittleEndian(field, (uint)offset);
        }
    }

    private int _offsetBytes;

    // JMP and CALL with the pointer in them.
    private int FarDirect(ushort selector, List<int> ends)
    {
        bool prefix = random.OneIn(3);
        if (prefix)
        {
            Byte(0x66);
        }

        _offsetBytes = prefix != _is16Bit ? 2 : 4;
        Byte(random.OneIn(2) ? 0xEA : 0x9A);
        int at = _at;
        Little(0, _offsetBytes);
        Little(selector, 2);
        ends.Add(_at);
        return at;
    }

    // JMP and CALL with the pointer in memory.
    private int FarIndirect(ushort selector, List<int> ends)
    {
        int size = random.OneIn(3) ? 2 : _is32Bit || random.OneIn(2) ? 4 : 8;
        ulong memory = CaseLayout.DataAddress + (ulong)random.Next(0x1FF0);
        Store(memory + (ulong)size, selector, 2, ends);
        if (size == 8)
        {
            Store(memory + 4, 0, 4, ends);
        }

        _offsetBytes = size == 2 ? 2 : 4;
        Store(memory, 0, _offsetBytes, ends);
        int at = _at - _offsetBytes;
        OperandPrefix(size);
        Byte(0xFF);
        Absolute(random.OneIn(2) ? 5 : 3, memory);
        ends.Add(_at);
        return at;
    }

    private void OperandPrefix(int size)
    {
        if (size == 8)
        {
            Byte(0x48);
        }
        else if ((size == 2) != _is16Bit)
        {
            Byte(0x66);
        }
    }

    // Pushes of the mode's own size, so that the frame fits the instruction.
    private int PushNumber(uint value, List<int> ends)
    {
        Byte(0x68);
        int at = _at;
        Little(value, _is16Bit ? 2 : 4);
        ends.Add(_at);
        return at;
    }

    private int FarReturn(ushort selector, List<int> ends)
    {
        _offsetBytes = _is16Bit ? 2 : 4;
        PushNumber(selector, ends);
        int at = PushNumber(0, ends);
        OperandPrefix(_is32Bit ? _offsetBytes : 8);
        bool drops = random.OneIn(3);
        Byte(drops ? 0xCA : 0xCB);
        if (drops)
        {
            Little((ulong)random.Next(16), 2);
        }

        ends.Add(_at);
        return at;
    }

    private int InterruptReturn(ushort selector, List<int> ends)
    {
        _offsetBytes = _is16Bit ? 2 : 4;
        if (!_is32Bit)
        {
            bool local = random.OneIn(3);
            PushNumber(random.OneIn(16) ? AnySelector() : local ? LocalSegments.Data16 : CaseLayout.UserData, ends);
            PushNumber((uint)(CaseLayout.DataAddress + 0x1000 + (ulong)random.Next(64)) - (local ? (uint)CaseLayout.DataAddress : 0), ends);
        }

        Byte(0x9C);
        ends.Add(_at);
        PushNumber(selector, ends);
        int at = PushNumber(0, ends);
        OperandPrefix(_is32Bit ? _offsetBytes : 8);
        Byte(0xCF);
        ends.Add(_at);
        return at;
    }
}
