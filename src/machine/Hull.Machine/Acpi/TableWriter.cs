using System.Buffers.Binary;
using System.Text;

namespace Hull.Machine.Acpi;

/// <summary>Writes one ACPI table: header, body, checksum.</summary>
/// <remarks>Source: ACPI 6.5 §5.2.6.</remarks>
internal sealed class TableWriter
{
    private const int HeaderBytes = 36;
    private const int LengthOffset = 4;
    private const int ChecksumOffset = 9;
    private const uint Revision = 1;

    private readonly List<byte> _bytes = [];

    internal TableWriter(string signature, byte revision)
    {
        Text(signature);
        Dword(0);
        Bytes(revision, 0);
        Text("HULL  ");
        Text("HULLMVM ");
        Dword(Revision);
        Text("HULL");
        Dword(Revision);
    }

    /// <summary>Bytes so far, the header included.</summary>
    internal int Length => _bytes.Count;

    internal void Bytes(params ReadOnlySpan<byte> values) => _bytes.AddRange(values);

    internal void Zeros(int count) => _bytes.AddRange(new byte[count]);

    internal void Text(string text) => _bytes.AddRange(Encoding.ASCII.GetBytes(text));

    internal void Word(ushort value) => Bytes((byte)value, (byte)(value >> 8));

    internal void Dword(uint value)
    {
        Word((ushort)value);
        Word((ushort)(value >> 16));
    }

    internal void Qword(ulong value)
    {
        Dword((uint)value);
        Dword((uint)(value >> 32));
    }

    /// <summary>A generic address in I/O space, one byte wide. Source: §5.2.3.2.</summary>
    internal void BytePort(ushort port)
    {
        Bytes(1, 8, 0, 1);
        Qword(port);
    }

    /// <summary>A generic address in I/O space, so many bits wide, in pieces of any size.</summary>
    internal void Port(ushort port, byte bits)
    {
        Bytes(1, bits, 0, 0);
        Qword(port);
    }

    /// <summary>The table with length and checksum.</summary>
    internal byte[] Finish()
    {
        byte[] table = [.. _bytes];
        System.Diagnostics.Debug.Assert(table.Length >= HeaderBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(table.AsSpan(LengthOffset), (uint)table.Length);
        table[ChecksumOffset] = Checksum(table);
        return table;
    }

    /// <summary>The byte that makes the sum of all bytes 0.</summary>
    internal static byte Checksum(ReadOnlySpan<byte> bytes)
    {
        byte sum = 0;
        foreach (byte value in bytes)
        {
            sum = unchecked((byte)(sum + value));
        }

        return unchecked((byte)-sum);
    }
}
