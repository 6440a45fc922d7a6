using System.Buffers.Binary;
using System.Text;

namespace Hull.Machine.State;

/// <summary>Reads one section of a machine's state; what cannot be there is a damaged snapshot.</summary>
/// <remarks>The bytes come from elsewhere: every count and index is checked against what the machine has.</remarks>
/// <param name="section">The section's name, for messages.</param>
/// <param name="bytes">Its bytes.</param>
public sealed class StateReader(string section, ReadOnlyMemory<byte> bytes)
{
    private int _at;

    /// <summary>Bytes not read yet.</summary>
    public int Remaining => bytes.Length - _at;

    /// <summary>One byte.</summary>
    public byte U8() => Take(1)[0];

    /// <summary>One byte, 0 or 1.</summary>
    public bool Flag() => U8() switch
    {
        0 => false,
        1 => true,
        _ => throw Damaged(),
    };

    /// <summary>Two bytes.</summary>
    public ushort U16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(sizeof(ushort)));

    /// <summary>Four bytes.</summary>
    public uint U32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));

    /// <summary>Eight bytes.</summary>
    public ulong U64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));

    /// <summary>Eight bytes, signed.</summary>
    public long I64() => (long)U64();

    /// <summary>Eight bytes that are a time of the machine's clock: 0 or more.</summary>
    public long Time() => I64() is >= 0 and long time ? time : throw Damaged();

    /// <summary>Four bytes that are 0 to a limit.</summary>
    public int Count(int limit) => U32() is uint value && value <= (uint)limit ? (int)value : throw Damaged();

    /// <summary>Fills the destination.</summary>
    public void Bytes(Span<byte> destination) => Take(destination.Length).CopyTo(destination);

    /// <summary>A count up to a limit and so many bytes.</summary>
    public ReadOnlySpan<byte> Block(int limit) => Take(Count(limit));

    /// <summary>A count and so many bytes of UTF-8.</summary>
    public string Text(int limit) => Encoding.UTF8.GetString(Block(limit));

    /// <summary>Nothing may be left.</summary>
    public void End()
    {
        if (Remaining != 0)
        {
            throw Damaged();
        }
    }

    /// <summary>The exception for a value that cannot be.</summary>
    public HullException Damaged() =>
        new(ErrorKind.DataLoss, $"The snapshot is damaged: its section '{section}' makes no sense at byte {_at}.");

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > Remaining)
        {
            throw Damaged();
        }

        _at += count;
        return bytes.Span.Slice(_at - count, count);
    }
}
