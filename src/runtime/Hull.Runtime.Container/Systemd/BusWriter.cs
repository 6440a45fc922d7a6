using System.Buffers.Binary;
using System.Text;

namespace Hull.Runtime.Container.Systemd;

/// <summary>Writes D-Bus values in little-endian order.</summary>
/// <remarks>Source: D-Bus Specification 0.43, "Marshaling (Wire Format)". Not thread-safe.</remarks>
public sealed class BusWriter
{
    private const int StructAlignment = 8;

    private byte[] _bytes = new byte[512];

    /// <summary>How many bytes were written.</summary>
    public int Length { get; private set; }

    /// <summary>What was written; valid until the next write.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    /// <summary>A byte.</summary>
    public void Byte(byte value) => Reserve(1, 1)[0] = value;

    /// <summary>A boolean.</summary>
    public void Boolean(bool value) => UInt32(value ? 1u : 0u);

    /// <summary>A 32-bit number.</summary>
    public void UInt32(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Reserve(4, 4), value);

    /// <summary>A 64-bit number.</summary>
    public void UInt64(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Reserve(8, 8), value);

    /// <summary>A text or an object path.</summary>
    public void Text(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        int length = Encoding.UTF8.GetByteCount(value);
        UInt32((uint)length);
        Encoding.UTF8.GetBytes(value, Reserve(1, length + 1));
    }

    /// <summary>A signature.</summary>
    public void Signature(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        Byte((byte)value.Length);
        Encoding.ASCII.GetBytes(value, Reserve(1, value.Length + 1));
    }

    /// <summary>Begins a structure or a dictionary's entry.</summary>
    public void Struct() => Align(StructAlignment);

    /// <summary>Begins an array.</summary>
    /// <param name="alignment">That of its elements: 8 for structures, 4 for texts and 32-bit numbers, 1 for bytes.</param>
    /// <returns>What <see cref="EndArray"/> wants.</returns>
    public (int LengthAt, int Start) BeginArray(int alignment)
    {
        UInt32(0);
        int lengthAt = Length - 4;
        Align(alignment);
        return (lengthAt, Length);
    }

    /// <summary>Ends an array.</summary>
    public void EndArray((int LengthAt, int Start) array) =>
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(array.LengthAt), (uint)(Length - array.Start));

    /// <summary>Fills with zeros up to a multiple.</summary>
    public void Align(int alignment) => Reserve(alignment, 0);

    /// <summary>Adds bytes as they are.</summary>
    public void Raw(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Reserve(1, bytes.Length));

    private Span<byte> Reserve(int alignment, int count)
    {
        int start = (Length + alignment - 1) / alignment * alignment;
        if (start + count > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, start + count));
        }

        Length = start + count;
        return _bytes.AsSpan(start, count);
    }
}
