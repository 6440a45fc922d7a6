using System.Buffers.Binary;

namespace Hull.Cpu.Native;

/// <summary>A case that is named, not drawn: what a difference was cut down to, kept as a test.</summary>
/// <param name="Code">The instructions.</param>
public sealed record GivenCase(byte[] Code)
{
    /// <summary>Where the first of two pages begins that can be read and written.</summary>
    public const ulong Data = CaseLayout.DataAddress;

    /// <summary>Where a page begins that can be read; nothing is mapped behind it.</summary>
    public const ulong ReadOnly = CaseLayout.ReadOnlyAddress;

    /// <summary>Whether it is 32-bit code.</summary>
    public bool Is32Bit { get; init; }

    /// <summary>CS of other code: a selector of the local table, whose code segments begin where the code pages begin.</summary>
    public ushort Cs { get; init; }

    /// <summary>SS of other code.</summary>
    public ushort Ss { get; init; } = CaseLayout.UserData;

    /// <summary>DS and ES of other code.</summary>
    public ushort Ds { get; init; } = CaseLayout.UserData;

    /// <summary>RAX.</summary>
    public ulong Rax { get; init; }

    /// <summary>RSP.</summary>
    public ulong Rsp { get; init; } = Data + 0x1000;

    /// <summary>RFLAGS.</summary>
    public ulong Flags { get; init; } = 0x202;

    /// <summary>The x87 control word.</summary>
    public ushort Control { get; init; } = 0x37F;

    /// <summary>MXCSR.</summary>
    public uint Mxcsr { get; init; } = 0x1F80;

    /// <summary>XMM0, XMM1, ...: low and high quadword in turn.</summary>
    public IReadOnlyList<ulong> Xmm { get; init; } = [];

    /// <summary>ST0, ST1, ...: significands.</summary>
    public IReadOnlyList<ulong> Significands { get; init; } = [];

    /// <summary>ST0, ST1, ...: signs and exponents.</summary>
    public IReadOnlyList<ushort> Exponents { get; init; } = [];

    private bool Is16Bit => Cs == LocalSegments.Code16;

    internal NativeCase ToCase(ulong slot)
    {
        NativeCase given = new() { Is32Bit = Is32Bit || Is16Bit, Is16Bit = Is16Bit };
        given.Code.AsSpan().Fill(0xCC);
        Code.CopyTo(given.Code, 0);
        given.Ends.Add(Code.Length);
        given.UndefinedFlags = UndefinedFlags.Of(given.Code, given.Is32Bit, Is16Bit);
        Span<byte> record = given.Record;
        BinaryPrimitives.WriteUInt64LittleEndian(record[CaseLayout.General[0]..], Rax);
        BinaryPrimitives.WriteUInt64LittleEndian(record[CaseLayout.General[4]..], Rsp);
        BinaryPrimitives.WriteUInt64LittleEndian(record[CaseLayout.Flags..], Flags);
        BinaryPrimitives.WriteUInt16LittleEndian(record[CaseLayout.Cs..], Cs != 0 ? Cs : Is32Bit ? CaseLayout.UserCode32 : CaseLayout.UserCode64);
        BinaryPrimitives.WriteUInt64LittleEndian(record[CaseLayout.Rip..], slot - given.CodeBase);
        BinaryPrimitives.WriteUInt16LittleEndian(record[CaseLayout.Ss..], Ss);
        if (given.Is32Bit)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(record[CaseLayout.Ds..], Ds);
            BinaryPrimitives.WriteUInt16LittleEndian(record[CaseLayout.Es..], Ds);
        }

        BinaryPrimitives.WriteUInt64LittleEndian(record[CaseLayout.Present..], 7);
        BinaryPrimitives.WriteUInt16LittleEndian(record[CaseLayout.Fcw..], Control);
        record[CaseLayout.Ftw] = 0xFF;
        BinaryPrimitives.WriteUInt32LittleEndian(record[CaseLayout.Mxcsr..], Mxcsr);
        for (int i = 0; i < Xmm.Count; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(record[(CaseLayout.Xmm + (i * 8))..], Xmm[i]);
        }

        for (int i = 0; i < Significands.Count; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(record[(CaseLayout.St + (i * 16))..], Significands[i]);
            BinaryPrimitives.WriteUInt16LittleEndian(record[(CaseLayout.St + (i * 16) + 8)..], Exponents[i]);
        }

        return given;
    }
}
