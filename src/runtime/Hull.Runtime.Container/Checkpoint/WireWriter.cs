using System.Text;

namespace Hull.Runtime.Container.Checkpoint;

/// <summary>Writes protocol buffers, as far as CRIU's requests need them.</summary>
/// <remarks>Source: Protocol Buffers, "Encoding". Fields that hold their default are left out by the caller.</remarks>
internal sealed class WireWriter
{
    private const int VarintType = 0;
    private const int BytesType = 2;
    private readonly List<byte> _bytes = [];

    /// <summary>What was written.</summary>
    internal byte[] ToArray() => [.. _bytes];

    /// <summary>A number; a negative one as its 64-bit complement.</summary>
    internal void Number(int field, long value)
    {
        Varint((ulong)((field << 3) | VarintType));
        Varint((ulong)value);
    }

    /// <summary>A flag that is set.</summary>
    internal void Flag(int field, bool value)
    {
        if (value)
        {
            Number(field, 1);
        }
    }

    /// <summary>A text; null for none.</summary>
    internal void Text(int field, string? value)
    {
        if (value is not null)
        {
            Bytes(field, Encoding.UTF8.GetBytes(value));
        }
    }

    /// <summary>A message inside this one.</summary>
    internal void Message(int field, WireWriter value) => Bytes(field, value.ToArray());

    private void Bytes(int field, byte[] value)
    {
        Varint((ulong)((field << 3) | BytesType));
        Varint((ulong)value.Length);
        _bytes.AddRange(value);
    }

    private void Varint(ulong value)
    {
        while (value >= 0x80)
        {
            _bytes.Add((byte)(value | 0x80));
            value >>= 7;
        }

        _bytes.Add((byte)value);
    }
}
