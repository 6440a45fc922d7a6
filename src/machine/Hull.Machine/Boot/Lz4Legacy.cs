using System.Buffers.Binary;

namespace Hull.Machine.Boot;

/// <summary>Unpacks the LZ4 variant that kernels are packed with.</summary>
/// <remarks>
/// Source: lz4's doc/lz4_Frame_format.md, "Legacy frame", and doc/lz4_Block_format.md. The input is not trusted: every
/// length is checked against both buffers, and the output never grows beyond what the caller allows.
/// </remarks>
internal static class Lz4Legacy
{
    internal const uint Magic = 0x184C_2102;

    private const int MinMatch = 4;
    private const int LongLength = 15;

    /// <summary>Unpacks a frame.</summary>
    /// <param name="input">The frame with its magic; bytes after its last block are ignored.</param>
    /// <param name="output">Room for the result.</param>
    /// <param name="length">Bytes of the result.</param>
    /// <returns>False when the frame is damaged or the room too small.</returns>
    internal static bool TryUnpack(ReadOnlySpan<byte> input, Span<byte> output, out int length)
    {
        length = 0;
        if (input.Length < 8 || BinaryPrimitives.ReadUInt32LittleEndian(input) != Magic)
        {
            return false;
        }

        input = input[4..];
        while (input.Length >= 4)
        {
            uint size = BinaryPrimitives.ReadUInt32LittleEndian(input);
            if (size == Magic)
            {
                input = input[4..];
                continue;
            }

            // The kernel's build appends the unpacked size, which reads as a block that is not there.
            if (size == 0 || size > (uint)(input.Length - 4))
            {
                return length > 0;
            }

            if (!TryUnpackBlock(input.Slice(4, (int)size), output, ref length))
            {
                return false;
            }

            input = input[(4 + (int)size)..];
        }

        return length > 0;
    }

    private static bool TryUnpackBlock(ReadOnlySpan<byte> block, Span<byte> output, ref int at)
    {
        int start = at;
        int next = 0;
        while (next < block.Length)
        {
            byte token = block[next++];
            if (!TryReadLength(block, ref next, token >> 4, out int literals)
                || literals > block.Length - next || literals > output.Length - at)
            {
                return false;
            }

            block.Slice(next, literals).CopyTo(output[at..]);
            next += literals;
            at += literals;
            if (next == block.Length)
            {
                return true;
            }

            if (block.Length - next < 2)
            {
                return false;
            }

            int distance = BinaryPrimitives.ReadUInt16LittleEndian(block[next..]);
            next += 2;
            if (!TryReadLength(block, ref next, token & 0xF, out int match)
                || distance == 0 || distance > at - start || match > output.Length - at - MinMatch)
            {
                return false;
            }

            CopyMatch(output, at, distance, match + MinMatch);
            at += match + MinMatch;
        }

        return true;
    }

    // Source and destination may overlap: then the bytes repeat, which is what the format means.
    private static void CopyMatch(Span<byte> output, int at, int distance, int length)
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

    private static bool TryReadLength(ReadOnlySpan<byte> block, ref int next, int nibble, out int length)
    {
        length = nibble;
        if (nibble != LongLength)
        {
            return true;
        }

        while (next < block.Length)
        {
            byte more = block[next++];
            length += more;
            if (more != byte.MaxValue)
            {
                return length >= 0;
            }
        }

        return false;
    }
}
