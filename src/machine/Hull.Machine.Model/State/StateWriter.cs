using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Hull.Machine.State;

/// <summary>Writes one section of a machine's state: fixed-width fields, lowest byte first.</summary>
/// <remarks>docs/formats/machine-state.md names the fields. Not thread-safe.</remarks>
public sealed class StateWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    /// <summary>What was written.</summary>
    public ReadOnlySpan<byte> Written => _bytes.WrittenSpan;

    /// <summary>One byte.</summary>
    public void U8(byte value) => Bytes([value]);

    /// <summary>One byte, 0 or 1.</summary>
    public void Flag(bool value) => U8(value ? (byte)1 : (byte)0);

    /// <summary>Two bytes.</summary>
    public void U16(ushort value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_bytes.GetSpan(sizeof(ushort)), value);
        _bytes.Advance(sizeof(ushort));
    }

    /// <summary>Four bytes.</summary>
    public void U32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes.GetSpan(sizeof(uint)), value);
        _bytes.Advance(sizeof(uint));
    }

    /// <summary>Eight bytes.</summary>
    public void U64(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_bytes.GetSpan(sizeof(ulong)), value);
        _bytes.Advance(sizeof(ulong));
    }

    /// <summary>Eight bytes, signed.</summary>
    public void I64(long value) => U64((ulong)value);

    /// <summary>Bytes as they are; the reader knows how many.</summary>
    public void Bytes(ReadOnlySpan<byte> value) => _bytes.Write(value);

    /// <summary>A count and so many bytes.</summary>
    public void Block(ReadOnlySpan<byte> value)
    {
        U32((uint)value.Length);
        Bytes(value);
    }

    /// <summary>A count and so many bytes of UTF-8.</summary>
    public void Text(string value) => Block(Encoding.UTF8.GetBytes(value));
}
