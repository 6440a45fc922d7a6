using Hull.Linux;

namespace Hull.Machine.Boot;

/// <summary>Unpacks Zstandard data that lies in memory. Source: RFC 8878.</summary>
internal static class ZstdPayload
{
    internal const uint Magic = 0xFD2F_B528;

    /// <summary>Unpacks one frame.</summary>
    /// <param name="input">The frame; bytes after it are ignored.</param>
    /// <param name="output">Room for the result.</param>
    /// <param name="length">Bytes of the result.</param>
    /// <returns>False when it is damaged or the room too small.</returns>
    internal static bool TryUnpack(ReadOnlySpan<byte> input, Span<byte> output, out int length)
    {
        length = 0;
        using ZstdDecoder decoder = new();
        try
        {
            int consumed;
            int written;
            do
            {
                decoder.Decode(input, output[length..], out consumed, out written);
                input = input[consumed..];
                length += written;
            }
            while (!decoder.IsAtFrameEnd && (consumed > 0 || written > 0));
            return decoder.IsAtFrameEnd && length > 0;
        }
        catch (HullException error) when (error.Kind == ErrorKind.DataLoss)
        {
            return false;
        }
    }
}
