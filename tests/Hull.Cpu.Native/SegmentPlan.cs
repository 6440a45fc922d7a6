using System.Buffers.Binary;

namespace Hull.Cpu.Native;

/// <summary>The selectors that a case begins with, and what they do to its pointers.</summary>
internal sealed class SegmentPlan
{
    private static readonly ushort[] s_calm = [LocalSegments.Data16, LocalSegments.Data32, LocalSegments.Pages];
    private static readonly ushort[] s_stacks =
        [LocalSegments.Data16, LocalSegments.Data16, LocalSegments.Data32, LocalSegments.Down16, LocalSegments.Down32, CaseLayout.UserData];

    private static readonly ushort[] s_wild =
    [
        LocalSegments.Data16, LocalSegments.Data16, LocalSegments.Data32, LocalSegments.Down16, LocalSegments.Down32, LocalSegments.ReadOnly,
        LocalSegments.Pages, LocalSegments.Code16, LocalSegments.Code32, CaseLayout.UserData, 0,
    ];

    private ushort _cs, _ss, _ds, _es, _fs, _gs;

    private SegmentPlan()
    {
    }

    /// <summary>Whether there is one: other cases have Linux's own segments.</summary>
    internal bool IsLocal => _cs != 0;

    /// <summary>The base of the data's segment, which pointers count from.</summary>
    internal ulong DataBase => IsLocal ? LocalSegments.BaseOf(_ds) : 0;

    internal static SegmentPlan Draw(RigRandom random, NativeCase drawn, NativeFamilies families)
    {
        SegmentPlan plan = new();
        if ((families & NativeFamilies.Segments) == 0 || random.OneIn(3))
        {
            return plan;
        }

        if (!drawn.Is32Bit)
        {
            // 64-bit code does not look at its stack's segment; far transfers do.
            plan._cs = random.OneIn(6) ? CaseLayout.UserCode64 : (ushort)0;
            plan._ss = s_stacks[random.Next(s_stacks.Length)];
            return plan;
        }

        drawn.Is16Bit = !random.OneIn(3);
        plan._cs = drawn.Is16Bit ? LocalSegments.Code16 : random.OneIn(2) ? LocalSegments.Code32 : CaseLayout.UserCode32;
        bool calm = random.Next(4) != 0;
        ushort[] data = calm ? s_calm : s_wild;
        plan._ss = s_stacks[random.Next(calm ? 3 : s_stacks.Length)];
        plan._ds = data[random.Next(data.Length)];
        plan._es = data[random.Next(data.Length)];
        plan._fs = random.OneIn(2) ? (ushort)0 : s_wild[random.Next(s_wild.Length)];
        plan._gs = random.OneIn(2) ? (ushort)0 : s_wild[random.Next(s_wild.Length)];
        return plan;
    }

    /// <summary>Puts the selectors into the record, and makes its pointers offsets.</summary>
    internal void Apply(RigRandom random, NativeCase drawn)
    {
        if (!IsLocal)
        {
            return;
        }

        Span<byte> record = drawn.Record;
        if (!drawn.Is32Bit)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(record[CaseLayout.Ss..], _ss);
            return;
        }

        (int At, ushort Selector)[] all =
        [
            (CaseLayout.Cs, _cs), (CaseLayout.Ss, _ss), (CaseLayout.Ds, _ds), (CaseLayout.Es, _es), (CaseLayout.Fs, _fs), (CaseLayout.Gs, _gs),
        ];
        foreach ((int at, ushort selector) in all)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(record[at..], selector);
        }

        BinaryPrimitives.WriteUInt64LittleEndian(record[CaseLayout.FsBase..], LocalSegments.BaseOf(_fs));
        BinaryPrimitives.WriteUInt64LittleEndian(record[CaseLayout.GsBase..], LocalSegments.BaseOf(_gs));
        for (int i = 0; i < 8; i++)
        {
            Span<byte> register = record[CaseLayout.General[i]..];
            ulong value = BinaryPrimitives.ReadUInt64LittleEndian(register);
            if (value - (CaseLayout.DataAddress - 0x1000) >= 0x6000)
            {
                continue;
            }

            value = (uint)(value - LocalSegments.BaseOf(i == 4 ? _ss : _ds));

            // Addresses of 16 bits ignore the upper half.
            value |= drawn.Is16Bit && random.OneIn(8) ? (ulong)random.Next(0x10000) << 16 : 0;
            BinaryPrimitives.WriteUInt64LittleEndian(register, value);
        }
    }
}
