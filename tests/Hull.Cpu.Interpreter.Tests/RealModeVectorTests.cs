using System.Globalization;
using System.IO.Compression;
using Hull.Machine;

namespace Hull.Cpu.Interpreter.Tests;

/// <summary>
/// Recordings of a real 80286 in real mode (SingleStepTests/80286) and of a real 8086 (SingleStepTests/8086, its binary form): whoever
/// runs this names their folders in HULL_SINGLE_STEP and HULL_SINGLE_STEP_8086. HULL_SINGLE_STEP_ONLY picks files by prefix, HULL_SINGLE_STEP_COUNT says how many of each file.
/// </summary>
// SAFETY: steps through the interpreter's own entry points, with operations of its block cache.
public sealed unsafe class RealModeVectorTests
{
    private const ushort DefinedFlags = 0xFD5;
    private const int Flags = 13, Ip = 12;
    private static readonly int[] s_general = [0, 3, 1, 2, -1, -1, -1, -1, 4, 5, 6, 7];
    private static readonly byte[] s_prefixes = [0x26, 0x2E, 0x36, 0x3E, 0xF0, 0xF2, 0xF3];
    private static readonly byte[] s_popping = [0x07, 0x17, 0x1F, 0x60, 0x61, 0x8F, 0xC2, 0xC3, 0xC8, 0xC9, 0xCA, 0xCB];
    private static readonly int[] s_segments = [Sr.CS, Sr.SS, Sr.DS, Sr.ES];

    private int _fault;

    [Theory]
    [InlineData("HULL_SINGLE_STEP", false)]
    [InlineData("HULL_SINGLE_STEP_8086", true)]
    public void Instructions_OfARealProcessor_GiveTheSame(string variable, bool is8086)
    {
        string? root = Environment.GetEnvironmentVariable(variable);
        Assert.SkipUnless(Directory.Exists(root), $"{variable} does not name a folder with *.MOO.gz.");
        string only = Environment.GetEnvironmentVariable("HULL_SINGLE_STEP_ONLY") ?? "";
        int count = int.Parse(Environment.GetEnvironmentVariable("HULL_SINGLE_STEP_COUNT") ?? "500", CultureInfo.InvariantCulture);
        List<string> report = [];
        int files = 0;
        int good = 0;
        int skipped = 0;
        int compared = 0;
        using SparseMemory memory = new(1 << 24);
        using Cpu cpu = new(memory);
        foreach (string file in Directory.EnumerateFiles(root, only + "*.MOO.gz").Order(StringComparer.Ordinal))
        {
            int failed = 0;
            int run = 0;
            string first = "";
            foreach (RealModeVector vector in RealModeVector.Read(Unpack(file)).Take(count).Where(each => !(is8086 ? FirstProcessor.IsOfItsTime(each) : IsOfItsTime(each))))
            {
                string? difference = Difference(cpu, memory, vector, UndefinedFlags.Of(vector.Bytes), is8086);

                // What the 8086 does with a divide error, and with words around a segment's end, is its own.
                bool refused = is8086 && _fault is Vec.DE or Vec.SS or Vec.GP or Vec.UD;
                run += refused ? 0 : 1;
                skipped += refused ? 1 : 0;
                if (difference is not null && !refused)
                {
                    first = failed++ == 0 ? $"{vector.Name} [{Convert.ToHexString(vector.Bytes)}]: {difference}" : first;
                }
            }

            files++;
            compared += run;
            good += failed == 0 ? 1 : 0;
            if (failed != 0)
            {
                report.Add($"{Path.GetFileName(file)}: {failed} of {run} differ; first: {first}");
            }
        }

        report.Add(string.Create(CultureInfo.InvariantCulture, $"{good} of {files} files, {compared} instructions compared, {skipped} refused today"));
        File.WriteAllLines(Path.Combine(Path.GetTempPath(), is8086 ? "hull-single-step-8086.txt" : "hull-single-step.txt"), report);
        int least = int.Parse(Environment.GetEnvironmentVariable("HULL_SINGLE_STEP_LEAST") ?? "1", CultureInfo.InvariantCulture);
        Assert.True(good >= least, $"{good} of {files} files have no difference.\n{string.Join('\n', report.Take(20))}");
        TestContext.Current.SendDiagnosticMessage($"{good} of {files} files have no difference.");
    }

    /// <summary>
    /// What processors do otherwise since the 80386: LOCK is refused where it means nothing, FS and GS exist, instructions have up
    /// to 15 bytes, a word beyond the stack segment is #SS, a fault leaves the registers of POP and string instructions alone, and
    /// there is an x87; some undefined encodings meant something. The recording of HLT itself ends one byte earlier.
    /// </summary>
    private static bool IsOfItsTime(RealModeVector vector)
    {
        const int LongestInstruction = 10, GeneralProtection = 13;
        int length = vector.Bytes.Length - 1;
        int opcode = vector.Bytes.AsSpan().IndexOfAnyExcept([.. s_prefixes]);
        byte code = vector.Bytes[opcode];
        int register = (vector.Bytes[Math.Min(opcode + 1, length)] >> 3) & 7;
        bool isString = code is (>= 0x6C and <= 0x6F) or (>= 0xA4 and <= 0xA7) or (>= 0xAA and <= 0xAF);
        return vector.Bytes.AsSpan(0, opcode).Contains((byte)0xF0)
            || length > LongestInstruction
            || code is 0x0F or 0x64 or 0x65 or 0x66 or 0x67 or 0xF4 or (>= 0xD8 and <= 0xDF)
            || (code is 0x8C or 0x8E && register > 3)
            || (code is 0xC6 or 0xC7 && register != 0)
            || (code == 0xFF && register is 3 or 5 && vector.Bytes[Math.Min(opcode + 1, length)] >= 0xC0)
            || (vector.Exception == GeneralProtection && (isString || UsesStack(vector, opcode)));
    }

    private static bool UsesStack(RealModeVector vector, int opcode)
    {
        int modRm = vector.Bytes[Math.Min(opcode + 1, vector.Bytes.Length - 1)];
        bool based = modRm < 0xC0 && (modRm & 7) is 2 or 3 or 6;
        return (based || s_popping.Contains(vector.Bytes[opcode])) && (!based || !vector.Bytes.AsSpan(0, opcode).ContainsAny<byte>(0x26, 0x2E, 0x3E));
    }

    private static byte[] Unpack(string file)
    {
        using GZipStream packed = new(File.OpenRead(file), CompressionMode.Decompress);
        using MemoryStream plain = new();
        packed.CopyTo(plain);
        return plain.ToArray();
    }

    private string? Difference(Cpu cpu, SparseMemory memory, RealModeVector vector, ushort undefined, bool is8086)
    {
        foreach ((uint address, byte value) in vector.MemoryBefore)
        {
            memory.TryWrite(new GuestAddress(address), [value]);
        }

        ProcessorState state = Start(vector);
        cpu.Load(in state);
        cpu.ServeCodeNotes();
        Step(cpu, (ushort)state.Rip);
        cpu.Save(ref state);
        ushort compared = (ushort)(DefinedFlags & ~undefined);
        for (int i = 0; i < s_general.Length; i++)
        {
            ulong actual = s_general[i] >= 0 ? state.General[s_general[i]] & 0xFFFF : cpu.Seg[s_segments[i - 4]].Selector;
            if (actual != vector.After[i])
            {
                return $"register {i} is {actual:x}, expected {vector.After[i]:x}";
            }
        }

        // The recording of an 80286 ends after the HLT that follows.
        ulong ip = is8086 ? state.Rip : state.Rip + 1;
        if ((ushort)ip != vector.After[Ip])
        {
            return $"IP is {ip:x}, expected {vector.After[Ip]:x}";
        }

        return ((state.Rflags ^ vector.After[Flags]) & compared) != 0
            ? $"FLAGS are {state.Rflags & DefinedFlags:x}, expected {vector.After[Flags] & DefinedFlags:x} without {undefined:x}"
            : MemoryDifference(memory, vector, undefined, is8086 ? FirstProcessor.PushedFlags(vector) : vector.Exception >= 0 ? FlagAddress(vector) : uint.MaxValue);
    }

    private static string? MemoryDifference(SparseMemory memory, RealModeVector vector, ushort undefined, uint flags)
    {
        Span<byte> actual = stackalloc byte[1];
        foreach ((uint address, byte value) in vector.MemoryAfter)
        {
            memory.TryRead(new GuestAddress(address), actual);
            uint flagByte = flags != uint.MaxValue ? address - flags : 2;
            int mask = flagByte == 0 ? DefinedFlags & ~undefined & 0xFF : flagByte == 1 ? (DefinedFlags & ~undefined) >> 8 : 0xFF;
            if (((actual[0] ^ value) & mask) != 0)
            {
                return $"byte {address:x} is {actual[0]:x}, expected {value:x}";
            }
        }

        return null;
    }

    private static uint FlagAddress(RealModeVector vector) => ((uint)vector.After[5] << 4) + (ushort)(vector.After[8] + 4);

    private static ProcessorState Start(RealModeVector vector)
    {
        ProcessorState state = ProcessorState.Reset();
        state.Cr0 = 0x10;
        state.Idtr = new TableState { Limit = 0x3FF };
        for (int i = 0; i < s_general.Length; i++)
        {
            if (s_general[i] >= 0)
            {
                state.General[s_general[i]] = vector.Before[i];
            }
        }

        state.Cs = Segment(vector.Before[4], 0x9B);
        state.Ss = Segment(vector.Before[5], 0x93);
        state.Ds = Segment(vector.Before[6], 0x93);
        state.Es = Segment(vector.Before[7], 0x93);
        state.Fs = state.Gs = Segment(0, 0x93);
        state.Rip = vector.Before[Ip];
        state.Rflags = (ulong)(vector.Before[Flags] & DefinedFlags) | 2;
        return state;
    }

    private static SegmentState Segment(ushort selector, ushort attributes) =>
        new() { Selector = selector, Base = (ulong)selector << 4, Limit = 0xFFFF, Attributes = attributes };

    /// <summary>One instruction; all rounds of a repeated one; the exception that it ends in.</summary>
    private void Step(Cpu cpu, ushort start)
    {
        _fault = -1;
        const int MostRounds = 1 << 17;
        for (int round = 0; round < MostRounds; round++)
        {
            cpu.Attention = 1; // nothing runs on into the next block
            Op* op = cpu.Enter(true);
            Op* next = op == null ? null : op->Run(cpu, op);
            if (cpu.Faulted)
            {
                _fault = cpu.FaultVector;
                cpu.DeliverFault();
                return;
            }

            if (next != null)
            {
                cpu.Rip = cpu.WrapRip(cpu.Reg(Rg.Block) + op->Next);
                return;
            }

            if (op->Kind < Strings.StringOther || (ushort)cpu.Rip != start)
            {
                return;
            }
        }
    }
}
