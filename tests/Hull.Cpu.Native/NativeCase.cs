using System.Buffers.Binary;

namespace Hull.Cpu.Native;

/// <summary>One case: code and the state it begins with.</summary>
internal sealed class NativeCase
{
    /// <summary>The code's place; the rest of it is INT3.</summary>
    internal byte[] Code { get; } = new byte[CaseLayout.SlotBytes + CaseLayout.OverhangBytes];

    /// <summary>The initial state, see <see cref="CaseLayout"/>.</summary>
    internal byte[] Record { get; } = new byte[CaseLayout.RecordBytes];

    /// <summary>Where the first instruction begins.</summary>
    internal int Start { get; set; }

    /// <summary>Where each instruction ends.</summary>
    internal List<int> Ends { get; } = [];

    /// <summary>Whether only the first instruction is run, by the trace flag.</summary>
    internal bool IsSingle { get; set; }

    /// <summary>Whether it is code of a legacy mode: 32-bit code, and 16-bit code, too.</summary>
    internal bool Is32Bit { get; set; }

    internal bool Is16Bit { get; set; }

    /// <summary>The base of the code segment that the case begins in.</summary>
    internal ulong CodeBase => LocalSegments.BaseOf(BinaryPrimitives.ReadUInt16LittleEndian(Record.AsSpan(CaseLayout.Cs)));

    /// <summary>Whether the code reaches into the next case's place.</summary>
    internal bool Overhangs => Ends.Count > 0 && Ends[^1] > CaseLayout.SlotBytes;

    /// <summary>Whether pointers and masks are such that most instructions run to their end: such cases are long.</summary>
    internal bool IsCalm { get; set; }

    /// <summary>Flags that the manual leaves open after the last instruction.</summary>
    internal ulong UndefinedFlags { get; set; }

    /// <summary>Those of the last instruction that the host ran.</summary>
    internal ulong OpenFlags { get; set; }

    /// <summary>Whether the last instruction's result is known to a unit of the last place only.</summary>
    internal bool IsApproximate { get; set; }

    internal NativeCase Copy()
    {
        NativeCase copy = new() { IsSingle = IsSingle, IsCalm = IsCalm, Is32Bit = Is32Bit, Is16Bit = Is16Bit, UndefinedFlags = UndefinedFlags, Start = Start, IsApproximate = IsApproximate };
        Code.CopyTo(copy.Code, 0);
        Record.CopyTo(copy.Record, 0);
        copy.Ends.AddRange(Ends);
        return copy;
    }
}
