namespace Hull.Machine.Boot.Xz;

/// <summary>Reads lengths of matches. Source: LZMA specification, "The Length Decoder".</summary>
internal sealed class LzmaLengths
{
    private const int Positions = 16;
    private const int ShortBits = 3;
    private const int LongBits = 8;
    private const int MinMatch = 2;

    private readonly ushort[] _choice = new ushort[2];
    private readonly ushort[] _low = new ushort[Positions << ShortBits];
    private readonly ushort[] _middle = new ushort[Positions << ShortBits];
    private readonly ushort[] _high = new ushort[1 << LongBits];

    internal void Reset()
    {
        foreach (ushort[] probabilities in (ReadOnlySpan<ushort[]>)[_choice, _low, _middle, _high])
        {
            Array.Fill(probabilities, RangeDecoder.Even);
        }
    }

    internal int Read(ref RangeDecoder coder, int position)
    {
        int table = position << ShortBits;
        if (coder.ReadBit(ref _choice[0]) == 0)
        {
            return MinMatch + (int)coder.ReadTree(_low.AsSpan(table, 1 << ShortBits), ShortBits);
        }

        return coder.ReadBit(ref _choice[1]) == 0
            ? MinMatch + (1 << ShortBits) + (int)coder.ReadTree(_middle.AsSpan(table, 1 << ShortBits), ShortBits)
            : MinMatch + (2 << ShortBits) + (int)coder.ReadTree(_high, LongBits);
    }
}
