using System.Buffers.Binary;
using System.Text;

namespace Hull.Supervision;

/// <summary>The envelope of the supervisor's protocol: one kind byte, three zero bytes, a 32-bit length, the payload.</summary>
/// <remarks>Numbers are little-endian: both ends are one machine.</remarks>
public static class Frame
{
    /// <summary>Bytes before the payload.</summary>
    public const int HeaderBytes = 8;

    /// <summary>The longest payload; a longer one ends the connection.</summary>
    public const int MaxPayloadBytes = 64 * 1024;

    private const int LengthOffset = 4;

    /// <summary>Writes a header.</summary>
    /// <param name="header">At least <see cref="HeaderBytes"/>.</param>
    /// <param name="kind">What the frame means.</param>
    /// <param name="payloadBytes">The payload's length.</param>
    public static void WriteHeader(Span<byte> header, FrameKind kind, int payloadBytes)
    {
        header[..HeaderBytes].Clear();
        header[0] = (byte)kind;
        BinaryPrimitives.WriteInt32LittleEndian(header[LengthOffset..], payloadBytes);
    }

    /// <summary>Reads the first frame of some bytes.</summary>
    /// <param name="data">What was received so far.</param>
    /// <param name="kind">What the frame means.</param>
    /// <param name="payloadBytes">The payload's length, from <see cref="HeaderBytes"/> on.</param>
    /// <returns>Whether a whole frame is there, is still coming, or can never be one.</returns>
    public static FrameResult TryRead(ReadOnlySpan<byte> data, out FrameKind kind, out int payloadBytes)
    {
        kind = default;
        payloadBytes = 0;
        if (data.Length < HeaderBytes)
        {
            return FrameResult.Incomplete;
        }

        kind = (FrameKind)data[0];
        payloadBytes = BinaryPrimitives.ReadInt32LittleEndian(data[LengthOffset..]);
        if (payloadBytes is < 0 or > MaxPayloadBytes || data[1] != 0 || data[2] != 0 || data[3] != 0)
        {
            return FrameResult.Broken;
        }

        return data.Length - HeaderBytes >= payloadBytes ? FrameResult.Complete : FrameResult.Incomplete;
    }

    /// <summary>The payload of <see cref="FrameKind.Failed"/>: the kind, the exit code, the sentence.</summary>
    public static byte[] Failure(ErrorKind kind, int exitCode, string message)
    {
        byte[] text = new byte[2 + Encoding.UTF8.GetByteCount(message)];
        text[0] = (byte)kind;
        text[1] = (byte)exitCode;
        Encoding.UTF8.GetBytes(message, text.AsSpan(2));
        return text.Length <= MaxPayloadBytes ? text : text[..MaxPayloadBytes];
    }

    /// <summary>A whole frame with up to two 32-bit numbers as payload.</summary>
    public static byte[] Create(FrameKind kind, params ReadOnlySpan<int> numbers)
    {
        byte[] frame = new byte[HeaderBytes + (numbers.Length * sizeof(int))];
        WriteHeader(frame, kind, frame.Length - HeaderBytes);
        for (int i = 0; i < numbers.Length; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(HeaderBytes + (i * sizeof(int))), numbers[i]);
        }

        return frame;
    }

    /// <summary>A whole frame with a payload.</summary>
    public static byte[] Create(FrameKind kind, ReadOnlySpan<byte> payload)
    {
        byte[] frame = new byte[HeaderBytes + payload.Length];
        WriteHeader(frame, kind, payload.Length);
        payload.CopyTo(frame.AsSpan(HeaderBytes));
        return frame;
    }
}
