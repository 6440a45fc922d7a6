namespace Hull.Machine.Boot.Xz;

/// <summary>Unpacks the chunks of one LZMA2 stream. Source: LZMA specification; the .xz file format 1.2.1, §5.3.1.</summary>
/// <remarks>The dictionary is the output itself. No input is trusted: distances and lengths are held to what was written.</remarks>
internal sealed class LzmaDecoder
{
    private const int States = 12;
    private const int Positions = 16;
    private const int FirstStateAfterMatch = 7;
    private const int LiteralProbabilities = 0x300;
    private const int MaxLiteralBits = 4;
    private const int LengthStates = 4;
    private const int SlotBits = 6;
    private const int FirstModelledSlot = 4;
    private const int FirstDirectSlot = 14;
    private const int AlignBits = 4;

    private readonly ushort[] _isMatch = new ushort[States * Positions];
    private readonly ushort[] _isRepeat = new ushort[States];
    private readonly ushort[] _isOlder = new ushort[States];
    private readonly ushort[] _isThirdOrFourth = new ushort[States];
    private readonly ushort[] _isFourth = new ushort[States];
    private readonly ushort[] _isLongRepeat = new ushort[States * Positions];
    private readonly ushort[] _slots = new ushort[LengthStates << SlotBits];
    private readonly ushort[] _special = new ushort[128];
    private readonly ushort[] _align = new ushort[1 << AlignBits];
    private readonly ushort[] _literals = new ushort[LiteralProbabilities << MaxLiteralBits];
    private readonly LzmaLengths _lengths = new();
    private readonly LzmaLengths _repeatLengths = new();

    private readonly uint[] _distances = new uint[4];
    private int _literalContextBits;
    private int _literalPositionMask;
    private int _positionMask;
    private int _state;

    /// <summary>Takes the byte of properties of a chunk.</summary>
    /// <returns>False when there are none like these.</returns>
    internal bool TrySetProperties(byte properties)
    {
        const int ContextValues = 9;
        const int PositionValues = 5;
        int contextBits = properties % ContextValues;
        int positionBits = properties / ContextValues % PositionValues;
        int maskBits = properties / ContextValues / PositionValues;
        if (maskBits > 4 || contextBits + positionBits > MaxLiteralBits)
        {
            return false;
        }

        _literalContextBits = contextBits;
        _literalPositionMask = (1 << positionBits) - 1;
        _positionMask = (1 << maskBits) - 1;
        return true;
    }

    /// <summary>Forgets everything learned.</summary>
    internal void Reset()
    {
        foreach (ushort[] probabilities in (ReadOnlySpan<ushort[]>)
            [_isMatch, _isRepeat, _isOlder, _isThirdOrFourth, _isFourth, _isLongRepeat, _slots, _special, _align, _literals])
        {
            Array.Fill(probabilities, RangeDecoder.Even);
        }

        _lengths.Reset();
        _repeatLengths.Reset();
        Array.Clear(_distances);
        _state = 0;
    }

    /// <summary>Unpacks a chunk.</summary>
    /// <param name="input">Its packed bytes.</param>
    /// <param name="output">What was written since the dictionary was emptied, and behind that exactly the room for the chunk.</param>
    /// <param name="written">How much was written before.</param>
    /// <returns>False when it is damaged.</returns>
    internal bool TryUnpack(ReadOnlySpan<byte> input, Span<byte> output, int written)
    {
        RangeDecoder coder = new(input);
        while (written < output.Length)
        {
            int position = written & _positionMask;
            if (coder.ReadBit(ref _isMatch[(_state * Positions) + position]) == 0)
            {
                if (!TryReadLiteral(ref coder, output, written))
                {
                    return false;
                }

                written++;
                continue;
            }

            int length = ReadMatch(ref coder, position);
            uint distance = _distances[0];
            if (distance >= (uint)written || length > output.Length - written)
            {
                return false;
            }

            Copy(output, written, (int)distance + 1, length);
            written += length;
        }

        return coder.IsFinished;
    }

    private bool TryReadLiteral(ref RangeDecoder coder, Span<byte> output, int at)
    {
        int before = at > 0 ? output[at - 1] : 0;
        int context = ((at & _literalPositionMask) << _literalContextBits) + (before >> (8 - _literalContextBits));
        Span<ushort> probabilities = _literals.AsSpan(LiteralProbabilities * context, LiteralProbabilities);
        uint symbol = 1;
        if (_state >= FirstStateAfterMatch)
        {
            if (_distances[0] >= (uint)at)
            {
                return false;
            }

            uint expected = output[at - (int)_distances[0] - 1];
            while (symbol < 0x100)
            {
                uint guess = (expected >> 7) & 1;
                expected <<= 1;
                uint bit = coder.ReadBit(ref probabilities[(int)(((1 + guess) << 8) + symbol)]);
                symbol = (symbol << 1) | bit;
                if (guess != bit)
                {
                    break;
                }
            }
        }

        while (symbol < 0x100)
        {
            symbol = (symbol << 1) | coder.ReadBit(ref probabilities[(int)symbol]);
        }

        output[at] = (byte)symbol;
        _state = _state < 4 ? 0 : _state < 10 ? _state - 3 : _state - 6;
        return true;
    }

    // Leaves the distance, less one, as the latest; returns the length.
    private int ReadMatch(ref RangeDecoder coder, int position)
    {
        bool afterLiteral = _state < FirstStateAfterMatch;
        if (coder.ReadBit(ref _isRepeat[_state]) == 0)
        {
            int length = _lengths.Read(ref coder, position);
            _state = afterLiteral ? 7 : 10;
            Remember(3, ReadDistance(ref coder, length));
            return length;
        }

        if (coder.ReadBit(ref _isOlder[_state]) == 0)
        {
            if (coder.ReadBit(ref _isLongRepeat[(_state * Positions) + position]) == 0)
            {
                _state = afterLiteral ? 9 : 11;
                return 1;
            }
        }
        else
        {
            int which = coder.ReadBit(ref _isThirdOrFourth[_state]) == 0 ? 1
                : coder.ReadBit(ref _isFourth[_state]) == 0 ? 2 : 3;
            Remember(which, _distances[which]);
        }

        _state = afterLiteral ? 8 : 11;
        return _repeatLengths.Read(ref coder, position);
    }

    private uint ReadDistance(ref RangeDecoder coder, int length)
    {
        int lengthState = Math.Min(length - 2, LengthStates - 1);
        uint slot = coder.ReadTree(_slots.AsSpan(lengthState << SlotBits, 1 << SlotBits), SlotBits);
        if (slot < FirstModelledSlot)
        {
            return slot;
        }

        int bits = (int)(slot >> 1) - 1;
        uint distance = (2 | (slot & 1)) << bits;
        if (slot < FirstDirectSlot)
        {
            return distance + coder.ReadReverseTree(_special.AsSpan((int)(distance - slot)), bits);
        }

        distance += coder.ReadDirect(bits - AlignBits) << AlignBits;
        return distance + coder.ReadReverseTree(_align, AlignBits);
    }

    // The distance becomes the latest; those before move up to where it was.
    private void Remember(int from, uint distance)
    {
        for (int i = from; i > 0; i--)
        {
            _distances[i] = _distances[i - 1];
        }

        _distances[0] = distance;
    }

    // Source and target may overlap: then the bytes repeat, which is what the format means.
    private static void Copy(Span<byte> output, int at, int distance, int length)
    {
        if (distance >= length)
        {
            output.Slice(at - distance, length).CopyTo(output[at..]);
            return;
        }

        for (int i = 0; i < length; i++)
        {
            output[at + i] = output[at - distance + i];
        }
    }
}
