using System.Buffers.Binary;

namespace Hull.Machine.Boot.Xz;

/// <summary>Unpacks a file that <c>xz</c> packed, in memory: what Debian packs a kernel's modules with.</summary>
/// <remarks>
/// Source: the .xz file format 1.2.1. One stream of any number of blocks, LZMA2 without further filters, checked by CRC32,
/// CRC64 or nothing.
/// </remarks>
internal ref struct XzFile
{
    private const int HeaderBytes = 12;
    private const int CheckNone = 0;
    private const int CheckCrc32 = 1;
    private const int CheckCrc64 = 4;
    private const int FilterLzma2 = 0x21;
    private const int Alignment = 4;

    private readonly ReadOnlySpan<byte> _input;
    private readonly int _maxBytes;
    private byte[] _output;
    private int _written;
    private int _next;

    private XzFile(ReadOnlySpan<byte> input, int maxBytes)
    {
        _input = input;
        _maxBytes = maxBytes;
        _output = new byte[Math.Min(maxBytes, Math.Max(4096, input.Length * 4L))];
    }

    private static ReadOnlySpan<byte> Magic => [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0];

    /// <summary>Unpacks a whole file.</summary>
    /// <param name="input">The file.</param>
    /// <param name="maxBytes">Most bytes it may become.</param>
    /// <returns>Null when it is damaged, larger, or uses what this does not know.</returns>
    internal static byte[]? TryUnpack(ReadOnlySpan<byte> input, int maxBytes)
    {
        if (input.Length < HeaderBytes || !input.StartsWith(Magic) || input[6] != 0
            || !XzChecksum.IsCrc32(input[8..], input.Slice(6, 2)))
        {
            return null;
        }

        XzFile file = new(input, maxBytes) { _next = HeaderBytes };
        return file.TryReadBlocks(input[7]) ? file._output.AsSpan(0, file._written).ToArray() : null;
    }

    private bool TryReadBlocks(int check)
    {
        int checkBytes = check switch { CheckNone => 0, CheckCrc32 => 4, CheckCrc64 => 8, _ => -1 };
        for (ulong blocks = 0; checkBytes >= 0 && _next < _input.Length; blocks++)
        {
            if (_input[_next] == 0)
            {
                return TryReadIndex(blocks);
            }

            int start = _written;
            if (!TryReadHeader() || !TryReadChunks())
            {
                return false;
            }

            _next = (_next + Alignment - 1) / Alignment * Alignment;
            if (_input.Length - _next < checkBytes || !IsRight(check, _input.Slice(_next, checkBytes), _output.AsSpan(start, _written - start)))
            {
                return false;
            }

            _next += checkBytes;
        }

        return false;
    }

    private static bool IsRight(int check, ReadOnlySpan<byte> expected, ReadOnlySpan<byte> bytes) => check switch
    {
        CheckCrc32 => XzChecksum.IsCrc32(expected, bytes),
        CheckCrc64 => BinaryPrimitives.ReadUInt64LittleEndian(expected) == XzChecksum.Crc64(bytes),
        _ => true,
    };

    private bool TryReadHeader()
    {
        const int FilterCount = 0x03;
        const int HasPackedSize = 0x40;
        const int HasSize = 0x80;
        int length = (_input[_next] + 1) * 4;
        if (length > _input.Length - _next)
        {
            return false;
        }

        ReadOnlySpan<byte> header = _input.Slice(_next, length);
        int flags = header[1];
        if (!XzChecksum.IsCrc32(header[^4..], header[..^4]) || (flags & ~(HasPackedSize | HasSize)) != 0 || (flags & FilterCount) != 0)
        {
            return false;
        }

        // Its checksum is right, so whoever wrote it meant it; sizes are only passed over.
        int at = 2;
        for (int sizes = (flags & HasPackedSize) / HasPackedSize + ((flags & HasSize) / HasSize); sizes > 0; sizes--)
        {
            while (at < length && header[at++] >= 0x80)
            {
                // The next byte belongs to the same number.
            }
        }

        _next += length;
        return at < length && header[at] == FilterLzma2;
    }

    // The index says once more how many blocks there were, and how large: without it an end could be a cut.
    private bool TryReadIndex(ulong blocks)
    {
        int start = _next++;
        ulong total = 0;
        if (!TryReadNumber(out ulong count) || count != blocks)
        {
            return false;
        }

        for (; count > 0; count--)
        {
            if (!TryReadNumber(out _) || !TryReadNumber(out ulong size))
            {
                return false;
            }

            total += size;
        }

        _next = (_next + Alignment - 1) / Alignment * Alignment;
        return total == (ulong)_written && _input.Length - _next >= sizeof(uint)
            && XzChecksum.IsCrc32(_input[_next..], _input[start.._next]);
    }

    // Source: the .xz file format 1.2.1, §1.2.
    private bool TryReadNumber(out ulong number)
    {
        const int MaxBits = 63;
        number = 0;
        for (int shift = 0; shift < MaxBits && _next < _input.Length; shift += 7)
        {
            byte next = _input[_next++];
            number |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return true;
            }
        }

        return false;
    }

    private bool TryReadChunks()
    {
        const byte End = 0;
        const byte PlainWithReset = 1;
        const byte Plain = 2;
        const byte Packed = 0x80;
        LzmaDecoder decoder = new();
        int dictionary = -1;
        while (_next < _input.Length)
        {
            byte control = _input[_next++];
            switch (control)
            {
                case End:
                    return true;
                case PlainWithReset or Plain:
                    dictionary = control == PlainWithReset ? _written : dictionary;
                    if (dictionary < 0 || !TryCopy())
                    {
                        return false;
                    }

                    break;
                case >= Packed:
                    dictionary = control >= 0xE0 ? _written : dictionary;
                    if (dictionary < 0 || !TryUnpackChunk(decoder, control, dictionary))
                    {
                        return false;
                    }

                    break;
                default:
                    return false;
            }
        }

        return false;
    }

    private bool TryCopy()
    {
        if (_input.Length - _next < 2)
        {
            return false;
        }

        int length = BinaryPrimitives.ReadUInt16BigEndian(_input[_next..]) + 1;
        _next += 2;
        if (length > _input.Length - _next || !TryReserve(length))
        {
            return false;
        }

        _input.Slice(_next, length).CopyTo(_output.AsSpan(_written));
        _next += length;
        _written += length;
        return true;
    }

    private bool TryUnpackChunk(LzmaDecoder decoder, byte control, int dictionary)
    {
        const int SizesBytes = 4;
        const int HighSizeBits = 0x1F;
        int reset = (control >> 5) & 3;
        if (_input.Length - _next < SizesBytes + 1)
        {
            return false;
        }

        int length = ((control & HighSizeBits) << 16) + BinaryPrimitives.ReadUInt16BigEndian(_input[_next..]) + 1;
        int packed = BinaryPrimitives.ReadUInt16BigEndian(_input[(_next + 2)..]) + 1;
        _next += SizesBytes;
        if (reset >= 2 && !decoder.TrySetProperties(_input[_next++]))
        {
            return false;
        }

        if (reset >= 1)
        {
            decoder.Reset();
        }

        if (packed > _input.Length - _next || !TryReserve(length))
        {
            return false;
        }

        Span<byte> room = _output.AsSpan(dictionary, _written + length - dictionary);
        if (!decoder.TryUnpack(_input.Slice(_next, packed), room, _written - dictionary))
        {
            return false;
        }

        _next += packed;
        _written += length;
        return true;
    }

    private bool TryReserve(int length)
    {
        if (length > _maxBytes - _written)
        {
            return false;
        }

        if (length > _output.Length - _written)
        {
            Array.Resize(ref _output, (int)Math.Min(_maxBytes, Math.Max(_output.Length * 2L, _written + length)));
        }

        return true;
    }
}
