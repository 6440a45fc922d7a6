using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Hull.Cpu.Native;

/// <summary>Runs random instructions on the host's processor and on the interpreter and compares everything they leave behind.</summary>
/// <remarks>Needs an x86-64 Linux host that lets a child process run. Not thread-safe.</remarks>
public sealed class NativeRig : IDisposable
{
    private readonly NativeProcess _host = new();
    private readonly InterpreterWorld _world;
    private readonly Random _random;
    private readonly CodeGenerator _code;
    private readonly StateGenerator _state;
    private readonly NativeFamilies _families;
    private readonly NativeCase[] _cases = new NativeCase[CaseLayout.BatchSize];
    private readonly byte[] _ours = new byte[CaseLayout.BatchSize * CaseLayout.RecordBytes];
    private readonly byte[] _ourMemory = new byte[CaseLayout.BatchSize * CaseLayout.MemoryBytes];
    private readonly bool[] _ended = new bool[CaseLayout.BatchSize];
    private readonly Dictionary<string, int> _counts = [];

    /// <summary>Starts with a seed; equal seeds draw equal cases.</summary>
    /// <param name="seed">Any number.</param>
    /// <param name="families">What to draw from.</param>
    public NativeRig(int seed, NativeFamilies families)
    {
        _random = new Random(seed);
        _code = new CodeGenerator(_random);
        _state = new StateGenerator(_random);
        _families = families;
        _world = new InterpreterWorld();
    }

    /// <summary>How many instructions both processors ran.</summary>
    public long Instructions { get; private set; }

    /// <summary>How many cases said nothing: a timer hit, or neither processor came to an end.</summary>
    public long Inconclusive { get; private set; }

    /// <summary>How many cases ended with an exception other than the breakpoint or trap at their end.</summary>
    public long Faults { get; private set; }

    /// <summary>The differences found, at most a few of a kind.</summary>
    public IList<NativeDifference> Differences { get; } = [];

    /// <summary>How often each kind of difference was met.</summary>
    public IReadOnlyDictionary<string, int> Counts => _counts;

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
            if (Judge(i, _cases[i]) is string difference)
            {
                different.Add((i, difference));
            }
        }

        foreach ((int i, string difference) in different)
        {
            Report(_cases[i], i, difference);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _host.Dispose();
        _world.Dispose();
    }

    private static ulong SlotOf(int index) => CaseLayout.CodeAddress + (ulong)(index * CaseLayout.SlotBytes);

    private NativeCase DrawCase(int index)
    {
        NativeCase drawn = new();
        bool bytes = (_families & NativeFamilies.Bytes) != 0 && (_families == NativeFamilies.Bytes || _random.Next(4) == 0);
        drawn.Is32Bit = (_families & NativeFamilies.Compatibility) != 0
            && (bytes ? _random.Next(4) == 0 : _families == NativeFamilies.Compatibility || _random.Next(8) == 0);
        drawn.IsSingle = bytes || _random.Next(16) == 0;
        int pointers = 0x10 | (1 << _random.Next(16)) | (1 << _random.Next(8)) | (1 << (6 + _random.Next(2))) | (_random.Next(2) << (8 + _random.Next(8)));
        if (bytes)
        {
            _code.DrawBytes(drawn);
        }
        else
        {
            _code.Draw(drawn, SlotOf(index), pointers, _families);
        }

        _state.Registers(drawn.Record, pointers, drawn.Is32Bit);
        _state.Floating(drawn.Record);
        BinaryPrimitives.WriteUInt64LittleEndian(drawn.Record.AsSpan(CaseLayout.Rip), SlotOf(index));
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
        for (int i = 0; i < cases.Length; i++)
        {
            cases[i].Code.CopyTo(shared[(CaseLayout.Code + ((firstSlot + i) * CaseLayout.SlotBytes))..]);
            cases[i].Record.CopyTo(shared[(CaseLayout.Input + (i * CaseLayout.RecordBytes))..]);
        }

        _host.Begin(cases.Length);
        _world.LoadBatch(
            shared.Slice(CaseLayout.Code, CaseLayout.BatchSize * CaseLayout.SlotBytes),
            shared.Slice(CaseLayout.Initial + CaseLayout.MemoryBytes, 0x1000));
        ReadOnlySpan<byte> initial = shared.Slice(CaseLayout.Initial, CaseLayout.MemoryBytes);
        for (int i = 0; i < cases.Length; i++)
        {
            _ended[i] = _world.Run(cases[i].Record, initial, _ours.AsSpan(i * CaseLayout.RecordBytes, CaseLayout.RecordBytes));
            _world.Memory.CopyTo(_ourMemory.AsSpan(i * CaseLayout.MemoryBytes));
        }

        int dead = _host.End();
        if (dead >= 0)
        {
            throw new HullException(
                ErrorKind.Internal,
                $"The native child died or hung at {Convert.ToHexStringLower(cases[Math.Min(dead, cases.Length - 1)].Code)}.");
        }
    }

    private string? Judge(int index, NativeCase subject)
    {
        ReadOnlySpan<byte> host = _host.Shared.Slice(CaseLayout.Output + (index * CaseLayout.RecordBytes), CaseLayout.RecordBytes);
        int last = subject.IsSingle || subject.Ends.Count == 1 ? subject.Start : subject.Ends[^2];
        subject.IsApproximate = Approximate.Is(subject.Code.AsSpan(last), subject.Is32Bit);
        bool outside = subject.IsApproximate && (subject.Ends.Count > 1 || Approximate.IsOutside(subject.Code.AsSpan(last), subject.Is32Bit, subject.Record));
        if (Comparison.IsInconclusive(host) || !_ended[index] || outside || LeftItsSlot(subject, host))
        {
            Inconclusive++;
            return null;
        }

        ulong trap = BinaryPrimitives.ReadUInt64LittleEndian(host[CaseLayout.Trap..]);
        ulong rip = BinaryPrimitives.ReadUInt64LittleEndian(host[CaseLayout.Rip..]);
        ulong start = BinaryPrimitives.ReadUInt64LittleEndian(subject.Record.AsSpan(CaseLayout.Rip));
        Faults += trap is 1 or 3 ? 0 : 1;
        Instructions += subject.IsSingle || trap == 3 ? subject.Ends.Count : 1 + subject.Ends.Count(end => start + (ulong)end <= rip);
        return Comparison.Difference(
            subject,
            host,
            _ours.AsSpan(index * CaseLayout.RecordBytes, CaseLayout.RecordBytes),
            _host.Shared.Slice(CaseLayout.MemoryOutput + (index * CaseLayout.MemoryBytes), CaseLayout.MemoryBytes),
            _ourMemory.AsSpan(index * CaseLayout.MemoryBytes, CaseLayout.MemoryBytes));
    }

    // A jump or return that lands in another case's code runs instructions whose undefined flags nobody knows.
    private static bool LeftItsSlot(NativeCase subject, ReadOnlySpan<byte> host)
    {
        ulong slot = BinaryPrimitives.ReadUInt64LittleEndian(subject.Record.AsSpan(CaseLayout.Rip)) & ~(ulong)(CaseLayout.SlotBytes - 1);
        ulong rip = BinaryPrimitives.ReadUInt64LittleEndian(host[CaseLayout.Rip..]);
        return !subject.IsSingle && rip - slot > CaseLayout.SlotBytes && rip - CaseLayout.CodeAddress < CaseLayout.BatchSize * CaseLayout.SlotBytes;
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
        // One instruction alone, the last ones first: they are the likelier cause.
        for (int i = subject.Ends.Count - 1; i >= 0 && subject.Ends.Count > 1; i--)
        {
            int start = i == 0 ? 0 : subject.Ends[i - 1];
            NativeCase candidate = subject.Copy();
            candidate.Code.AsSpan().Fill(0xCC);
            subject.Code.AsSpan(start, subject.Ends[i] - start).CopyTo(candidate.Code.AsSpan(start));
            candidate.Start = start;
            candidate.Ends.Clear();
            candidate.Ends.Add(subject.Ends[i]);
            candidate.UndefinedFlags = UndefinedFlags.Of(candidate.Code.AsSpan(start), candidate.Is32Bit);
            BinaryPrimitives.WriteUInt64LittleEndian(candidate.Record.AsSpan(CaseLayout.Rip), SlotOf(slot) + (ulong)start);
            if (Again(candidate, slot) is string found)
            {
                difference = found;
                return candidate;
            }
        }

        return subject;
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
            $"{(subject.Is32Bit ? "32 " : "")}{(head.IsVex ? "vex" + (head.Long ? "256" : "128") : "")} {head.Map}.{prefix}.{head.Opcode:x2}{form}{many} {group}");
    }

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
