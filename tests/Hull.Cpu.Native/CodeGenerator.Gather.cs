namespace Hull.Cpu.Native;

/// <summary>Gathers that succeed: chance alone draws indices that lead nowhere.</summary>
internal sealed partial class CodeGenerator
{
    private const int ShiftDwords = 0x72;
    private const int ShiftQwords = 0x73;
    private const int FirstGather = 0x90;
    private const int LowestBits = 8; // an index of so many bits, times eight, stays in the data

    /// <summary>Draws a shift that makes a vector's numbers small, and a gather with them as indices.</summary>
    private bool TryGather(NativeFamilies families, List<int> ends)
    {
        if (!_calm || _is16Bit || (families & NativeFamilies.Vex) == 0 || !random.OneIn(40))
        {
            return false;
        }

        int registers = _is32Bit ? 8 : 16;
        int index = random.Next(registers);
        bool isWide = random.Next(2) == 0;
        Vex(1, 0, 0, index, index, 1, 0);
        Byte(isWide ? ShiftQwords : ShiftDwords);
        Byte(0xD0 | (index & 7));
        Byte((isWide ? 64 : 32) - LowestBits);
        ends.Add(_at);

        int destination = random.Next(registers);
        Vex(2, destination, index, 0, random.Next(registers), random.Next(2), random.Next(2));
        Byte(FirstGather + (isWide ? 1 : 0) + (random.Next(2) * 2));
        Byte(((destination & 7) << 3) | 4);
        Byte((random.Next(4) << 6) | ((index & 7) << 3) | "\x03\x06\x07"[random.Next(3)]);
        ends.Add(_at);
        return true;
    }

    // The three-byte prefix: the fourth bits of the registers and vvvv are stored inverted. Source: Intel SDM vol. 2A, 2.3.5.
    private void Vex(int map, int reg, int index, int rm, int vvvv, int length, int wide)
    {
        int high = ((reg & 8) << 4) | ((index & 8) << 3) | ((rm & 8) << 2);
        Byte(0xC4);
        Byte((high ^ 0xE0) | map);
        Byte((wide << 7) | ((~vvvv & 15) << 3) | (length << 2) | 1);
    }
}
