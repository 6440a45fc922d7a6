using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Hull.Cpu.Native;

/// <summary>Runs random instructions on the host's processor and on the interpreter and compares everything they leave behind.</summary>
/// <remarks>Needs an x86-64 Linux host that lets a child process run. Not thread-safe.</remarks>
public sealed class NativeRig : IDisposable
{
    private const int MostLost = 20;
    private const NativeFamilies Code = NativeFamilies.Integer | NativeFamilies.X87 | NativeFamilies.Mmx | NativeFamilies.Sse | NativeFamilies.Vex;

    private readonly NativeProcess _host = new();
    private readonly InterpreterWorld _world;
    private readonly RigRandom _random;
    private readonly CodeGenerator _code;
    private readonly StateGenerator _state;
    private readonly NativeFamilies _families; // what was asked for, as far as the host has it
    private readonly NativeCase[] _cases = new NativeCase[CaseLayout.BatchSize];
    private readonly byte[] _ours = new byte[CaseLayout.BatchSize * CaseLayout.RecordBytes];
    private readonly byte[] _ourMemory = new byte[CaseLayout.BatchSize * CaseLayout.MemoryBytes];
    private readonly bool[] _ended = new bool[CaseLayout.BatchSize];
    private readonly Dictionary<string, int> _counts = [];
    private readonly byte[] _initial = new byte[CaseLayout.MemoryBytes];
    private int _ran;

    /// <summary>Starts with a seed; equal seeds draw equal cases.</summary>
    /// <param name="seed">Any number.</param>
    /// <param name="families">What to draw from.</param>
    public NativeRig(int seed, NativeFamilies families)
    {
        _random = new RigRandom(seed);
        _code = new CodeGenerator(_random);
        _state = new StateGenerator(_random);
        _families = families;
        _world = new InterpreterWorld();

        // A child with nothing to do tells whether its system has segments of other sizes.
        _host.Begin(0);
        _host.End(out _);
        if (BinaryPrimitives.ReadInt32LittleEndian(_host.Shared[CaseLayout.Refused..]) != 0)
        {
            _families &= ~NativeFamilies.Segments;
        }
    }

    /// <summary>How many instructions both processors ran.</summary>
    public long Instructions { get; private set; }

    /// <summary>How many cases said nothing: a timer hit, or neither processor came to an end.</summary>
    public long Inconclusive { get; private set; }

    /// <summary>How many cases ended with an exception other than the breakpoint or trap at their end.</summary>
    public long Faults { get; private set; }

    /// <summary>The differences found, at most a few of a kind.</summary>
    public IList<NativeDifference> Differences { get; } = [];

    /// <summary>Cases that the host cannot run to an end: its process hung or died. They say nothing about the interpreter.</summary>
    public IList<string> Lost { get; } = [];

    /// <summary>How often each kind of difference was met.</summary>
    public IReadOnlyDictionary<string, int> Counts => _counts;

    /// <summary>After how many milliseconds at one case the host's process counts as lost.</summary>
    public int StuckMs
    {
        get => _host.StuckMs;
        init => _host.StuckMs = value;
    }

    /// <summary>How many examples of one kind are kept.</summary>
    public int Examples { get; init; } = 1;

    /// <summary>Runs one batch of cases.</summary>
    public void RunBatch()
    {
        for (int i = 0; i < _cases.Length; i++)
        {
            _cases[i] = DrawCase(i);
        }

        Span<byte> initial = _host.Shared.Slice(CaseLayout.Initial, 0x3000);
        _state.Memory(initial);
        Execute(_cases, 0);
        List<(int Index, string Difference)> different = [];
        for (int i = 0; i < _cases.Length; i++)
        {
            if (_cases[i].IsCalm && _ended[i])
            {
                Learn(_cases[i], _ours.AsSpan(i * CaseLayout.RecordBytes, CaseLayout.RecordBytes));
            }

            if (Judge(i, _cases[i]) is string difference)
            {
                different.Add((i, difference));
            }
        }

        int lost = _ran;
        foreach ((int i, string difference) in different)
        {
            Report(_cases[i], i, difference);
        }

        if (lost < _cases.Length)
        {
            ReportLost(_cases[lost], lost);
        }
    }

    /// <summary>Runs one named case on both.</summary>
    /// <returns>What differs; null when nothing does, and when the host cannot run it (see <see cref="Lost"/>).</returns>
    public string? Compare(GivenCase given)
    {
        ArgumentNullException.ThrowIfNull(given);
        _state.Memory(_host.Shared.Slice(CaseLayout.Initial, 0x3000));
        NativeCase subject = given.ToCase(SlotOf(0));
        string? difference = Again(subject, 0);
        if (_ran == 0)
        {
            ReportLost(subject, 0);
        }

        return difference;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _host.Dispose();
        _world.Dispose();
    }

    // Where the case's first place lies in its own code segment.
    private static ulong OriginOf(NativeCase subject) => U64(subject.Record, CaseLayout.Rip) - (ulong)subject.Start;

    private static ulong U64(ReadOnlySpan<byte> record, int at) => BinaryPrimitives.ReadUInt64LittleEndian(record[at..]);

    private static ulong SlotOf(int index) => CaseLayout.CodeAddress + (ulong)(index * CaseLayout.SlotBytes);

    private NativeCase DrawCase(int index)
    {
        NativeCase drawn = new();
        bool steady = (_families & NativeFamilies.Steady) != 0;
        bool bytes = (_families & NativeFamilies.Bytes) != 0 && (_families == NativeFamilies.Bytes || _random.Next(12) == 0);
        drawn.Is32Bit = (_families & NativeFamilies.Compatibility) != 0
            && (bytes ? _random.Next(4) == 0 : (_families & Code) == 0 || _random.Next(8) == 0);
        SegmentPlan plan = SegmentPlan.Draw(_random, drawn, _families);
        drawn.IsSingle = bytes || (!steady && _random.Next(16) == 0);
        int pointers = 0x10 | (1 << _random.Next(16)) | (1 << _random.Next(8)) | (1 << (6 + _random.Next(2))) | (_random.Next(2) << (8 + _random.Next(8)));
        drawn.IsCalm = steady || (!drawn.IsSingle && _random.Next(4) != 0);
        if (bytes)
        {
            _code.DrawBytes(drawn, SlotOf(index));
            pointers |= drawn.Is16Bit ? 0xE8 : 0;
        }
        else
        {
            pointers |= drawn.Is16Bit && _random.Next(4) != 0 ? 0xE8 : 0;
            _code.Draw(drawn, SlotOf(index), pointers, _families, plan);
        }

        if (drawn.IsCalm)
        {
            _state.CalmRegisters(drawn.Record, drawn.Is32Bit);
        }
        else
        {
            _state.Registers(drawn.Record, pointers, drawn.Is32Bit);
        }

        plan.Apply(_random, drawn);
        if (!drawn.IsCalm)
        {
            AlignReturn(drawn);
        }

        _state.Floating(drawn.Record, drawn.IsCalm);
        BinaryPrimitives.WriteUInt64LittleEndian(drawn.Record.AsSpan(CaseLayout.Rip), SlotOf(index) + (ulong)drawn.Start - drawn.CodeBase);
        if (drawn.IsSingle)
        {
            ulong flags = BinaryPrimitives.ReadUInt64LittleEndian(drawn.Record.AsSpan(CaseLayout.Flags));
            BinaryPrimitives.WriteUInt64LittleEndian(drawn.Record.AsSpan(CaseLayout.Flags), flags | CaseLayout.TrapFlag);
        }

        return drawn;
    }

    private void Execute(ReadOnlySpan<NativeCase> cases, int firstSlot)
    {
        Span<byte> shared = _host.Shared;

        // From the last to the first: a case that overhangs covers the beginning of the next one's place, which that leaves free.
        for (int i = cases.Length - 1; i >= 0; i--)
        {
            int slot = firstSlot + i;
            int bytes = cases[i].Overhangs && slot < CaseLayout.BatchSize - 1 ? cases[i].Code.Length : CaseLayout.SlotBytes;
            cases[i].Code.AsSpan(0, bytes).CopyTo(shared[(CaseLayout.Code + (slot * CaseLayout.SlotBytes))..]);
            cases[i].Record.CopyTo(shared[(CaseLayout.Input + (i * CaseLayout.RecordBytes))..]);
        }

        // Before the child begins: its cases may change their code.
        _world.LoadBatch(
            shared.Slice(CaseLayout.Code, CaseLayout.BatchSize * CaseLayout.SlotBytes),
            shared.Slice(CaseLayout.Initial + CaseLayout.MemoryBytes, 0x1000));
        _host.Begin(cases.Length);
        ReadOnlySpan<byte> initial = shared.Slice(CaseLayout.Initial, CaseLayout.MemoryBytes);
        for (int i = 0; i < cases.Length; i++)
        {
            _ended[i] = _world.Run(cases[i].Record, initial, _ours.AsSpan(i * CaseLayout.RecordBytes, CaseLayout.RecordBytes));
            _world.Memory.CopyTo(_ourMemory.AsSpan(i * CaseLayout.MemoryBytes));
        }

        int dead = _host.End(out _fate);
        _ran = dead < 0 ? cases.Length : Math.Min(dead, cases.Length - 1);
    }

    private string _fate = "";

    // A lost case is tried once more, alone: only what loses the child again is worth a word.
    private void ReportLost(NativeCase subject, int slot)
    {
        Again(subject.Copy(), slot);
        if (_ran == 0)
        {
            Lost.Add($"{_fate}: {Describe(subject, "", SlotOf(slot))}");
        }

        if (Lost.Count > MostLost)
        {
            throw new HullException(ErrorKind.Internal, $"The host's process was lost {Lost.Count} times; last it {Lost[^1]}.");
        }
    }

    // IRET in 64-bit code that sets AC looks at its frame's alignment with the old flags in place. Linux takes that exception for a
    // split lock and runs the instruction again, for ever.
    private static void AlignReturn(NativeCase drawn)
    {
        if (drawn.Code.AsSpan(0, drawn.Ends[^1] + 1).Contains((byte)0xCF))
        {
            Span<byte> stack = drawn.Record.AsSpan(CaseLayout.General[4]);
            BinaryPrimitives.WriteUInt64LittleEndian(stack, BinaryPrimitives.ReadUInt64LittleEndian(stack) & ~15ul);
        }
    }

    private string? Judge(int index, NativeCase subject)
    {
        if (index >= _ran)
        {
            Inconclusive++;
            return null;
        }

        ReadOnlySpan<byte> host = _host.Shared.Slice(CaseLayout.Output + (index * CaseLayout.RecordBytes), CaseLayout.RecordBytes);
        int last = subject.IsSingle || subject.Ends.Count == 1 ? subject.Start : subject.Ends[^2];
        InstructionHead final = new(subject.Code.AsSpan(last), subject.Is32Bit, subject.Is16Bit);
        subject.IsApproximate = Approximate.Is(final);
        bool outside = subject.IsApproximate && (subject.Ends.Count > 1 || Approximate.IsOutside(final, subject.Record));
        if (Comparison.IsInconclusive(host) || !_ended[index] || outside || LeftItsSlot(subject, host))
        {
            Inconclusive++;
            return null;
        }

        ulong trap = BinaryPrimitives.ReadUInt64LittleEndian(host[CaseLayout.Trap..]);
        ulong rip = BinaryPrimitives.ReadUInt64LittleEndian(host[CaseLayout.Rip..]);
        ulong start = OriginOf(subject);
        Faults += trap is 1 or 3 ? 0 : 1;
        subject.OpenFlags = trap is 1 or 3 ? subject.UndefinedFlags : OpenAt(subject, rip - start);
        Instructions += subject.IsSingle || trap == 3 ? subject.Ends.Count : 1 + subject.Ends.Count(end => start + (ulong)end <= rip);
        return Comparison.Difference(
            subject,
            host,
            _ours.AsSpan(index * CaseLayout.RecordBytes, CaseLayout.RecordBytes),
            _host.Shared.Slice(CaseLayout.MemoryOutput + (index * CaseLayout.MemoryBytes), CaseLayout.MemoryBytes),
            _ourMemory.AsSpan(index * CaseLayout.MemoryBytes, CaseLayout.MemoryBytes));
    }

    // What the last instruction before a fault left undefined: the comparison that would define it did not run.
    private static ulong OpenAt(NativeCase subject, ulong at)
    {
        int last = subject.Ends.FindIndex(end => (ulong)end == at);
        int begin = last > 0 ? subject.Ends[last - 1] : subject.Start;
        return last < 0 || subject.IsSingle ? 0 : UndefinedFlags.Of(subject.Code.AsSpan(begin), subject.Is32Bit, subject.Is16Bit);
    }

    private void Learn(NativeCase subject, ReadOnlySpan<byte> ours)
    {
        ulong rip = BinaryPrimitives.ReadUInt64LittleEndian(ours[CaseLayout.Rip..]) - OriginOf(subject);
        bool faulted = BinaryPrimitives.ReadUInt64LittleEndian(ours[CaseLayout.Trap..]) is not (1 or 3);
        int at = subject.Start;
        foreach (int end in subject.Ends)
        {
            bool here = faulted && rip < (ulong)end;
            _code.History.Note(new InstructionHead(subject.Code.AsSpan(at), subject.Is32Bit, subject.Is16Bit), here);
            if (here)
            {
                return;
            }

            at = end;
        }
    }

    // A jump or return that lands in another case's code runs instructions whose undefined flags nobody knows.
    private static bool LeftItsSlot(NativeCase subject, ReadOnlySpan<byte> host)
    {
        ulong slot = OriginOf(subject) + subject.CodeBase;
        ulong rip = U64(host, CaseLayout.Rip) + LocalSegments.BaseOf(BinaryPrimitives.ReadUInt16LittleEndian(host[CaseLayout.Cs..]));
        ulong bytes = (ulong)Math.Max(CaseLayout.SlotBytes, subject.Ends[^1] + 1);
        return !subject.IsSingle && rip - slot > bytes && rip - CaseLayout.CodeAddress < CaseLayout.BatchSize * CaseLayout.SlotBytes;
    }

    // Runs a changed case again, alone, at the place of the original: RIP-relative operands keep their meaning.
    private string? Again(NativeCase subject, int slot)
    {
        long instructions = Instructions;
        long faults = Faults;
        Execute([subject], slot);
        string? difference = Judge(0, subject);
        Instructions = instructions;
        Faults = faults;
        return difference;
    }

    private void Report(NativeCase original, int index, string first)
    {
        NativeCase subject = original.Copy();
        string? difference = Again(subject, index);
        if (difference == null)
        {
            difference = "with its neighbours only: " + first;
        }
        else
        {
            subject = Shrink(subject, index, ref difference);
        }

        string key = KeyOf(subject, difference);
        int met = _counts.GetValueOrDefault(key);
        _counts[key] = met + 1;
        if (met < Examples)
        {
            Differences.Add(new NativeDifference(key, Describe(subject, difference, SlotOf(index))));
        }
    }

    private NativeCase Shrink(NativeCase subject, int slot, ref string difference)
    {
        // The first instructions alone, ever more of them, until the difference shows: the last of these is its cause.
        for (int last = 0; last < subject.Ends.Count && subject.Ends.Count > 1; last++)
        {
            NativeCase head = Part(subject, slot, 0, last);
            if (Again(head, slot) is not string found)
            {
                continue;
            }

            difference = found;
            return last == 0 ? head : Alone(subject, slot, last, ref difference) ?? head;
        }

        return subject;
    }

    // Lets the host run what comes before, and one instruction begin with the state and memory that this leaves.
    private NativeCase? Alone(NativeCase subject, int slot, int last, ref string difference)
    {
        Again(Part(subject, slot, 0, last - 1), slot);
        NativeCase one = Part(subject, slot, last, last);
        ReadOnlySpan<byte> host = _host.Shared.Slice(CaseLayout.Output, CaseLayout.RecordBytes);
        ulong ended = BinaryPrimitives.ReadUInt64LittleEndian(host[CaseLayout.Trap..]);
        if (_ran == 0 || ended != 3)
        {
            return null;
        }

        Span<byte> record = one.Record;
        host[..CaseLayout.Rip].CopyTo(record);
        host.Slice(CaseLayout.Flags, 8).CopyTo(record[CaseLayout.Flags..]);
        host.Slice(CaseLayout.FsBase, 16).CopyTo(record[CaseLayout.FsBase..]);
        host[CaseLayout.Legacy..].CopyTo(record[CaseLayout.Legacy..]);
        Span<byte> memory = _host.Shared.Slice(CaseLayout.Initial, CaseLayout.MemoryBytes);
        memory.CopyTo(_initial);
        _host.Shared.Slice(CaseLayout.MemoryOutput, CaseLayout.MemoryBytes).CopyTo(memory);
        string? found = Again(one, slot);
        difference = found ?? difference;
        _initial.CopyTo(memory);
        return found == null ? null : one;
    }

    private static NativeCase Part(NativeCase subject, int slot, int first, int last)
    {
        int start = first == 0 ? subject.Start : subject.Ends[first - 1];
        NativeCase part = subject.Copy();
        part.Code.AsSpan().Fill(0xCC);
        subject.Code.AsSpan(start, subject.Ends[last] - start).CopyTo(part.Code.AsSpan(start));
        part.Start = start;
        part.Ends.Clear();
        part.Ends.AddRange(subject.Ends[first..(last + 1)]);
        int final = last == first ? start : subject.Ends[last - 1];
        part.UndefinedFlags = UndefinedFlags.Of(part.Code.AsSpan(final), part.Is32Bit, part.Is16Bit);

        BinaryPrimitives.WriteUInt64LittleEndian(part.Record.AsSpan(CaseLayout.Rip), SlotOf(slot) + (ulong)start - part.CodeBase);
        return part;
    }

    private static string KeyOf(NativeCase subject, string difference)
    {
        InstructionHead head = new(subject.Code.AsSpan(subject.Start), subject.Is32Bit);
        string field = difference.Split(':')[0];
        string group = field.StartsWith("xmm", StringComparison.Ordinal) ? "xmm"
            : field.StartsWith("ymmh", StringComparison.Ordinal) ? "ymmh"
            : field.StartsWith("memory", StringComparison.Ordinal) ? "memory"
            : Array.IndexOf(CaseLayout.Names.ToArray(), field) >= 0 ? "register"
            : field == "trap" ? difference
            : field;
        int prefix = head.IsVex ? head.VexPrefix : head.Repeat == 0xF3 ? 2 : head.Repeat == 0xF2 ? 3 : head.OperandSize ? 1 : 0;
        bool grouped = head.Map == 0 ? head.Opcode is (>= 0x80 and <= 0x83) or 0xC0 or 0xC1 or (>= 0xD0 and <= 0xD3) or (>= 0xD8 and <= 0xDF) or 0xF6 or 0xF7 or 0xFE or 0xFF
            : head.Map == 1 && head.Opcode is 0x00 or 0x01 or (>= 0x71 and <= 0x73) or 0xAE or 0xBA or 0xC7;
        string form = grouped ? string.Create(CultureInfo.InvariantCulture, $"/{head.Field}{(head.IsRegister ? (head.Opcode is >= 0xD8 and <= 0xDF ? "r" + (head.ModRm & 7) : "r") : "m")}") : "";
        string many = subject.Ends.Count > 1 ? $" x{subject.Ends.Count}" : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{(subject.Is16Bit ? "16 " : subject.Is32Bit ? "32 " : "")}{(head.IsVex ? "vex" + (head.Long ? "256" : "128") : "")} {head.Map}.{prefix}.{head.Opcode:x2}{form}{many} {group}");
    }

    private static ushort Selector(ReadOnlySpan<byte> record, int at) => BinaryPrimitives.ReadUInt16LittleEndian(record[at..]);

    private static string Describe(NativeCase subject, string difference, ulong slot)
    {
        StringBuilder text = new();
        int length = subject.IsSingle ? 15 : subject.Ends[^1] - subject.Start;
        text.Append(CultureInfo.InvariantCulture, $"{Convert.ToHexStringLower(subject.Code.AsSpan(subject.Start, length))} {difference}");
        text.Append(subject.IsSingle ? " (single)" : "").Append(CultureInfo.InvariantCulture, $" slot {slot:x}\n   ");
        for (int i = 0; i < 16; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $" {CaseLayout.Names[i]}={BinaryPrimitives.ReadUInt64LittleEndian(subject.Record.AsSpan(CaseLayout.General[i])):x}");
        }

        ReadOnlySpan<byte> record = subject.Record;
        text.Append(CultureInfo.InvariantCulture, $" flags={BinaryPrimitives.ReadUInt64LittleEndian(record[CaseLayout.Flags..]):x}");
        text.Append(CultureInfo.InvariantCulture, $" cs={Selector(record, CaseLayout.Cs):x} ss={Selector(record, CaseLayout.Ss):x} ds={Selector(record, CaseLayout.Ds):x}");
        text.Append(CultureInfo.InvariantCulture, $" es={Selector(record, CaseLayout.Es):x} fs={Selector(record, CaseLayout.Fs):x} gs={Selector(record, CaseLayout.Gs):x}");
        text.Append(CultureInfo.InvariantCulture, $" fcw={BinaryPrimitives.ReadUInt16LittleEndian(record[CaseLayout.Fcw..]):x}");
        text.Append(CultureInfo.InvariantCulture, $" fsw={BinaryPrimitives.ReadUInt16LittleEndian(record[CaseLayout.Fsw..]):x} ftw={record[CaseLayout.Ftw]:x}");
        text.Append(CultureInfo.InvariantCulture, $" mxcsr={BinaryPrimitives.ReadUInt32LittleEndian(record[CaseLayout.Mxcsr..]):x}\n   ");
        InstructionHead head = new(subject.Code.AsSpan(subject.Start), subject.Is32Bit);
        for (int i = 0; i < 8 && head.Map == 0 && head.Opcode is >= 0xD8 and <= 0xDF; i++)
        {
            int at = CaseLayout.St + (i * 16);
            text.Append(CultureInfo.InvariantCulture, $" st{i}={BinaryPrimitives.ReadUInt16LittleEndian(record[(at + 8)..]):x4}:{BinaryPrimitives.ReadUInt64LittleEndian(record[at..]):x16}");
        }

        for (int i = 0; i < 16 && head.Map > 0; i++)
        {
            int at = CaseLayout.Xmm + (i * 16);
            text.Append(CultureInfo.InvariantCulture, $" x{i}={BinaryPrimitives.ReadUInt64LittleEndian(record[(at + 8)..]):x16}:{BinaryPrimitives.ReadUInt64LittleEndian(record[at..]):x16}");
        }

        return text.ToString();
    }
}
