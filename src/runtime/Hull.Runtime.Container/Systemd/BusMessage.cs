using System.Buffers.Binary;

namespace Hull.Runtime.Container.Systemd;

/// <summary>One D-Bus message that arrived.</summary>
/// <remarks>Source: D-Bus Specification 0.43, "Message Format".</remarks>
public sealed class BusMessage
{
    /// <summary>How many bytes tell how long a message is.</summary>
    public const int PrefixBytes = 16;

    /// <summary>The longest message that is read; the specification allows 128 MiB, what is asked for here has hundreds of bytes.</summary>
    public const int MaxBytes = 1 << 20;

    /// <summary>An answer.</summary>
    public const byte MethodReturn = 2;

    /// <summary>An answer that says that something failed.</summary>
    public const byte Error = 3;

    /// <summary>What happened.</summary>
    public const byte Signal = 4;

    private const byte LittleEndian = (byte)'l';

    private BusMessage(byte type, byte[] body)
    {
        Type = type;
        Body = body;
    }

    /// <summary>What it is.</summary>
    public byte Type { get; }

    /// <summary>The call that it answers; 0 for none.</summary>
    public uint ReplySerial { get; private set; }

    /// <summary>A signal's or call's name.</summary>
    public string Member { get; private set; } = "";

    /// <summary>An error's name.</summary>
    public string ErrorName { get; private set; } = "";

    /// <summary>What the body holds.</summary>
    public string Signature { get; private set; } = "";

    /// <summary>The values.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>How long a message is, from its first <see cref="PrefixBytes"/> bytes.</summary>
    /// <returns>-1 when these are no such bytes, or it is too long.</returns>
    public static int LengthOf(ReadOnlySpan<byte> prefix)
    {
        if (prefix.Length < PrefixBytes || prefix[0] != LittleEndian)
        {
            return -1;
        }

        uint body = BinaryPrimitives.ReadUInt32LittleEndian(prefix[4..]);
        uint fields = BinaryPrimitives.ReadUInt32LittleEndian(prefix[12..]);
        return body > MaxBytes || fields > MaxBytes || HeaderBytes(fields) + body > MaxBytes ? -1 : HeaderBytes(fields) + (int)body;
    }

    /// <summary>Reads a message.</summary>
    /// <returns>Null when it is damaged.</returns>
    public static BusMessage? TryRead(ReadOnlySpan<byte> bytes)
    {
        if (LengthOf(bytes) != bytes.Length)
        {
            return null;
        }

        uint fields = BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]);
        BusMessage message = new(bytes[1], bytes[HeaderBytes(fields)..].ToArray());
        return message.TryReadFields(bytes[..(PrefixBytes + (int)fields)]) ? message : null;
    }

    private static int HeaderBytes(uint fields) => (PrefixBytes + (int)fields + 7) / 8 * 8;

    // Each field is a structure of its number and a variant: 3 member, 4 error name, 5 reply serial, 8 signature.
    private bool TryReadFields(ReadOnlySpan<byte> header)
    {
        BusReader reader = new(header);
        _ = reader.Skip("(yyyyuuu)");
        while (!reader.IsAtEnd)
        {
            reader.Struct();
            byte field = reader.Byte();
            string type = reader.Signature();
            switch (field, type)
            {
                case (3, "s"):
                    Member = reader.Text();
                    break;
                case (4, "s"):
                    ErrorName = reader.Text();
                    break;
                case (5, "u"):
                    ReplySerial = reader.UInt32();
                    break;
                case (8, "g"):
                    Signature = reader.Signature();
                    break;
                default:
                    _ = reader.Skip(type);
                    break;
            }
        }

        return !reader.IsDamaged;
    }
}
