namespace Hull.Machine.Boot.Xz;

/// <summary>Reads bits whose probabilities are learned. Source: LZMA specification (Igor Pavlov), "Range Decoder".</summary>
/// <remarks>Past the end of its input it reads zeros and says so: whoever reads a chunk checks once, at its end.</remarks>
internal ref struct RangeDecoder
{
    /// <summary>A probability of one half.</summary>
    internal const ushort Even = 1 << (ModelBits - 1);

    /// <summary>Bytes before the first bit.</summary>
    internal const int HeaderBytes = 5;

    private const int ModelBits = 11;
    private const int MoveBits = 5;
    private const uint Top = 1u << 24;

    private readonly ReadOnlySpan<byte> _input;
    private uint _range = uint.MaxValue;
    private uint _code;
    private int _next;

    internal RangeDecoder(ReadOnlySpan<byte> input)
    {
        _input = input;
        for (int i = 0; i < HeaderBytes; i++)
        {
            _code = (_code << 8) | ReadByte();
        }
    }

    /// <summary>Whether every byte was read, none beyond them, and the coder is where an encoder leaves it.</summary>
    internal readonly bool IsFinished => _next == _input.Length && _code == 0;

    internal uint ReadBit(ref ushort probability)
    {
        uint bound = (_range >> ModelBits) * probability;
        uint bit;
        if (_code < bound)
        {
            _range = bound;
            probability += (ushort)(((1 << ModelBits) - probability) >> MoveBits);
            bit = 0;
        }
        else
        {
            _range -= bound;
            _code -= bound;
            probability -= (ushort)(probability >> MoveBits);
            bit = 1;
        }

        Normalize();
        return bit;
    }

    /// <summary>Reads bits that are as likely as not, the highest first.</summary>
    internal uint ReadDirect(int count)
    {
        uint value = 0;
        for (; count > 0; count--)
        {
            _range >>= 1;
            uint bit = _code >= _range ? 1u : 0;
            _code -= _range * bit;
            value = (value << 1) | bit;
            Normalize();
        }

        return value;
    }

    /// <summary>Reads a number of so many bits, the highest first.</summary>
    internal uint ReadTree(Span<ushort> probabilities, int bits)
    {
        uint node = 1;
        for (int i = 0; i < bits; i++)
        {
            node = (node << 1) | ReadBit(ref probabilities[(int)node]);
        }

        return node - (1u << bits);
    }

    /// <summary>Reads a number of so many bits, the lowest first.</summary>
    internal uint ReadReverseTree(Span<ushort> probabilities, int bits)
    {
        uint node = 1;
        uint value = 0;
        for (int i = 0; i < bits; i++)
        {
            uint bit = ReadBit(ref probabilities[(int)node]);
            node = (node << 1) | bit;
            value |= bit << i;
        }

        return value;
    }

    private void Normalize()
    {
        if (_range < Top)
        {
            _range <<= 8;
            _code = (_code << 8) | ReadByte();
        }
    }

    private byte ReadByte()
    {
        int at = _next++;
        return at < _input.Length ? _input[at] : (byte)0;
    }
}
