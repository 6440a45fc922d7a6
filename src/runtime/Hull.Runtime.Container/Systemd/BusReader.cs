using System.Buffers.Binary;
using System.Text;

namespace Hull.Runtime.Container.Systemd;

/// <summary>Reads D-Bus values in little-endian order; the bytes come from another process and may say anything.</summary>
/// <remarks>
/// Source: D-Bus Specification 0.43, "Marshaling (Wire Format)". Whatever does not fit makes every further read fail, and
/// <see cref="IsDamaged"/> true; nothing throws.
/// </remarks>
/// <param name="bytes">What is read; alignment counts from its start.</param>
public ref struct BusReader(ReadOnlySpan<byte> bytes)
{
    private const int MaxDepth = 16;

    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>Where the next value begins, before its alignment.</summary>
    public int Position { get; private set; }

    /// <summary>Whether something did not fit.</summary>
    public bool IsDamaged { get; private set; }

    /// <summary>Whether everything was read.</summary>
    public readonly bool IsAtEnd => IsDamaged || Position >= _bytes.Length;

    /// <summary>A byte; 0 where there is none.</summary>
    public byte Byte() => Take(1, 1) is [byte value] ? value : (byte)0;

    /// <summary>A 32-bit number; 0 where there is none.</summary>
    public uint UInt32() => Take(4, 4) is { Length: 4 } value ? BinaryPrimitives.ReadUInt32LittleEndian(value) : 0;

    /// <summary>A text or object path; empty where there is none.</summary>
    public string Text()
    {
        uint length = UInt32();
        return TextOf(length);
    }

    /// <summary>A signature; empty where there is none.</summary>
    public string Signature() => TextOf(Byte());

    /// <summary>Begins a structure.</summary>
    public void Struct() => Take(8, 0);

    /// <summary>Goes over one value of a type.</summary>
    /// <param name="signature">Begins with its type; what follows is not looked at.</param>
    /// <returns>How many characters of the signature the type has; 0 when it is damaged.</returns>
    public int Skip(ReadOnlySpan<char> signature) => Skip(signature, 0);

    private int Skip(ReadOnlySpan<char> signature, int depth)
    {
        if (signature.IsEmpty || depth > MaxDepth)
        {
            IsDamaged = true;
            return 0;
        }

        switch (signature[0])
        {
            case 'y':
                Take(1, 1);
                return 1;
            case 'n' or 'q':
                Take(2, 2);
                return 1;
            case 'b' or 'i' or 'u' or 'h':
                Take(4, 4);
                return 1;
            case 'x' or 't' or 'd':
                Take(8, 8);
                return 1;
            case 's' or 'o':
                _ = Text();
                return 1;
            case 'g':
                _ = Signature();
                return 1;
            case 'v':
                _ = Skip(Signature(), depth + 1);
                return 1;
            case 'a':
                return SkipArray(signature);
            case '(' or '{':
                return SkipStruct(signature, depth);
            default:
                IsDamaged = true;
                return 0;
        }
    }

    // An array names its length in bytes, so its elements need not be understood.
    private int SkipArray(ReadOnlySpan<char> signature)
    {
        uint length = UInt32();
        int element = LengthOfType(signature[1..], 0);
        if (element == 0)
        {
            IsDamaged = true;
            return 0;
        }

        Take(AlignmentOf(signature[1]), 0);
        Take(1, length > int.MaxValue ? int.MaxValue : (int)length);
        return 1 + element;
    }

    private int SkipStruct(ReadOnlySpan<char> signature, int depth)
    {
        Struct();
        int at = 1;
        while (at < signature.Length && signature[at] is not (')' or '}'))
        {
            int length = Skip(signature[at..], depth + 1);
            if (length == 0)
            {
                return 0;
            }

            at += length;
        }

        IsDamaged |= at >= signature.Length;
        return at + 1;
    }

    private static int LengthOfType(ReadOnlySpan<char> signature, int depth)
    {
        if (signature.IsEmpty || depth > MaxDepth)
        {
            return 0;
        }

        if (signature[0] == 'a')
        {
            return LengthOfType(signature[1..], depth + 1) is > 0 and int element ? element + 1 : 0;
        }

        if (signature[0] is not ('(' or '{'))
        {
            return "ybnqiuxtdsogvh".Contains(signature[0], StringComparison.Ordinal) ? 1 : 0;
        }

        int at = 1;
        while (at < signature.Length && signature[at] is not (')' or '}'))
        {
            int length = LengthOfType(signature[at..], depth + 1);
            if (length == 0)
            {
                return 0;
            }

            at += length;
        }

        return at < signature.Length ? at + 1 : 0;
    }

    private static int AlignmentOf(char type) => type switch
    {
        'y' or 'g' or 'v' => 1,
        'n' or 'q' => 2,
        'x' or 't' or 'd' or '(' or '{' => 8,
        _ => 4,
    };

    private string TextOf(uint length)
    {
        if (length >= (uint)(_bytes.Length - Math.Min(Position, _bytes.Length)))
        {
            IsDamaged = true;
            return "";
        }

        ReadOnlySpan<byte> text = Take(1, (int)length + 1);
        return text.IsEmpty ? "" : Encoding.UTF8.GetString(text[..^1]);
    }

    private ReadOnlySpan<byte> Take(int alignment, int count)
    {
        long start = ((long)Position + alignment - 1) / alignment * alignment;
        if (IsDamaged || start + count > _bytes.Length)
        {
            IsDamaged = true;
            return [];
        }

        Position = (int)start + count;
        return _bytes.Slice((int)start, count);
    }
}
