using System.Buffers.Binary;
using System.Globalization;

namespace Hull.Cpu.Native;

/// <summary>Holds the interpreter's final state to the host's.</summary>
internal static class Comparison
{
    private const int TimerSignal = 26;
    private const ulong UserEnd = 0x7FFFFFFFF000;
    private const int PageFault = 14;

    private static ulong U64(ReadOnlySpan<byte> record, int at) => BinaryPrimitives.ReadUInt64LittleEndian(record[at..]);

    private static ushort U16(ReadOnlySpan<byte> record, int at) => BinaryPrimitives.ReadUInt16LittleEndian(record[at..]);

    /// <summary>Whether the host's timer ended the case: nothing can be said.</summary>
    internal static bool IsInconclusive(ReadOnlySpan<byte> host) => U64(host, CaseLayout.SignalNumber) == TimerSignal;

    /// <summary>Says what differs first.</summary>
    /// <returns>Null when nothing does; otherwise field, host's and interpreter's value.</returns>
    internal static string? Difference(
        NativeCase subject, ReadOnlySpan<byte> host, ReadOnlySpan<byte> ours, ReadOnlySpan<byte> hostMemory, ReadOnlySpan<byte> ourMemory)
    {
        ulong trap = U64(host, CaseLayout.Trap);
        if (trap != U64(ours, CaseLayout.Trap))
        {
            return Text("trap", trap, U64(ours, CaseLayout.Trap));
        }

        return Faults(trap, host, ours)
            ?? Registers(subject, host, ours)
            ?? X87(host, ours, subject.IsApproximate)
            ?? Vectors(host, ours)
            ?? Memory(hostMemory, ourMemory);
    }

    private static string? Faults(ulong trap, ReadOnlySpan<byte> host, ReadOnlySpan<byte> ours)
    {
        ulong mask = ulong.MaxValue;
        if (trap == PageFault)
        {
            ulong address = U64(host, CaseLayout.FaultAddress);
            if (address != U64(ours, CaseLayout.FaultAddress))
            {
                return Text("cr2", address, U64(ours, CaseLayout.FaultAddress));
            }

            // Linux says "protection" for every address beyond user space, so that nobody learns what is mapped there.
            mask = address >= UserEnd ? ~1ul : ulong.MaxValue;
        }

        bool hasError = trap is 8 or (>= 10 and <= 14) or 17;
        ulong theirs = U64(host, CaseLayout.Error) & mask;
        return hasError && theirs != (U64(ours, CaseLayout.Error) & mask) ? Text("error", theirs, U64(ours, CaseLayout.Error)) : null;
    }

    private static string? Registers(NativeCase subject, ReadOnlySpan<byte> host, ReadOnlySpan<byte> ours)
    {
        if (U64(host, CaseLayout.Rip) != U64(ours, CaseLayout.Rip))
        {
            return Text("rip", U64(host, CaseLayout.Rip), U64(ours, CaseLayout.Rip));
        }

        for (int i = 0; i < 16; i++)
        {
            int at = CaseLayout.General[i];
            if (U64(host, at) != U64(ours, at))
            {
                return Text(CaseLayout.Names[i], U64(host, at), U64(ours, at));
            }
        }

        ulong mask = ~subject.OpenFlags;
        ulong flags = U64(host, CaseLayout.Flags) & mask;
        if (flags != (U64(ours, CaseLayout.Flags) & mask))
        {
            return Text("flags", flags, U64(ours, CaseLayout.Flags) & mask);
        }

        foreach (int at in (ReadOnlySpan<int>)[CaseLayout.Cs, CaseLayout.Ss, CaseLayout.Ds, CaseLayout.Es, CaseLayout.Fs, CaseLayout.Gs])
        {
            // The kernel's return to user mode makes every null selector 0.
            if (U16(host, at) != U16(ours, at) && (U16(host, at) | U16(ours, at)) > 3)
            {
                return Text("selector" + at.ToString(CultureInfo.InvariantCulture), U16(host, at), U16(ours, at));
            }
        }

        return U64(host, CaseLayout.FsBase) != U64(ours, CaseLayout.FsBase) ? Text("fsbase", U64(host, CaseLayout.FsBase), U64(ours, CaseLayout.FsBase))
            : U64(host, CaseLayout.GsBase) != U64(ours, CaseLayout.GsBase) ? Text("gsbase", U64(host, CaseLayout.GsBase), U64(ours, CaseLayout.GsBase))
            : null;
    }

    private static string? X87(ReadOnlySpan<byte> host, ReadOnlySpan<byte> ours, bool approximate)
    {
        if (U16(host, CaseLayout.Fcw) != U16(ours, CaseLayout.Fcw))
        {
            return Text("fcw", U16(host, CaseLayout.Fcw), U16(ours, CaseLayout.Fcw));
        }

        for (int i = 0; i < 8; i++)
        {
            int at = CaseLayout.St + (i * 16);
            ulong exponent = U16(host, at + 8);
            if ((U64(host, at) != U64(ours, at) || exponent != U16(ours, at + 8))
                && !(approximate && Approximate.AreClose(U64(host, at), (int)exponent, U64(ours, at), U16(ours, at + 8))))
            {
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"st{i}: host {exponent:x4}:{U64(host, at):x16} fsw {U16(host, CaseLayout.Fsw):x}, ours {U16(ours, at + 8):x4}:{U64(ours, at):x16} fsw {U16(ours, CaseLayout.Fsw):x}");
            }
        }

        int open = approximate ? Approximate.OpenBits(U16(host, CaseLayout.Fsw) ^ U16(ours, CaseLayout.Fsw), U16(host, CaseLayout.Fcw)) : 0;
        return ((U16(host, CaseLayout.Fsw) ^ U16(ours, CaseLayout.Fsw)) & ~open) != 0 ? Text("fsw", U16(host, CaseLayout.Fsw), U16(ours, CaseLayout.Fsw))
            : host[CaseLayout.Ftw] != ours[CaseLayout.Ftw] ? Text("ftw", host[CaseLayout.Ftw], ours[CaseLayout.Ftw])
            : null;
    }

    private static string? Vectors(ReadOnlySpan<byte> host, ReadOnlySpan<byte> ours)
    {
        for (int i = 0; i < 64; i++)
        {
            int at = (i & 32) != 0 ? CaseLayout.High + ((i & 31) * 8) : CaseLayout.Xmm + (i * 8);
            if (U64(host, at) != U64(ours, at))
            {
                string name = string.Create(CultureInfo.InvariantCulture, $"{((i & 32) != 0 ? "ymmh" : "xmm")}{(i & 31) / 2}.{i & 1}");
                return Text(name, U64(host, at), U64(ours, at));
            }
        }

        uint theirs = BinaryPrimitives.ReadUInt32LittleEndian(host[CaseLayout.Mxcsr..]);
        uint mine = BinaryPrimitives.ReadUInt32LittleEndian(ours[CaseLayout.Mxcsr..]);
        return theirs != mine ? Text("mxcsr", theirs, mine) : null;
    }

    private static string? Memory(ReadOnlySpan<byte> host, ReadOnlySpan<byte> ours)
    {
        int at = host.CommonPrefixLength(ours) & ~7;
        return at >= host.Length ? null : Text($"memory+{at:x}", U64(host, at), U64(ours, at));
    }

    private static string Text(string name, ulong host, ulong ours) =>
        string.Create(CultureInfo.InvariantCulture, $"{name}: host {host:x}, ours {ours:x}");
}
