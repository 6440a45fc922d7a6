namespace Hull.Runtime.Container.Seccomp;

/// <summary>Lays a policy out as a program: architecture, a search tree over call numbers, then argument checks.</summary>
internal sealed class SeccompEmitter
{
    /// <summary>ENOSYS.</summary>
    internal const uint Enosys = 38;

    // struct seccomp_data: int nr; u32 arch; u64 instruction_pointer; u64 args[6]. Source: linux/seccomp.h.
    private const uint NumberOffset = 0;
    private const uint ArchitectureOffset = 4;
    private const uint ArgumentsOffset = 16;

    // Source: linux/audit.h.
    private const uint AuditX64 = 0xC000003E;
    private const uint AuditX86 = 0x40000003;
    private const uint AuditArm64 = 0xC00000B7;
    private const uint X32Bit = 0x40000000;

    private readonly SeccompPolicy _policy;
    private readonly bool _answersEnosys;
    private readonly SeccompOutcomes _outcomes;
    private readonly BpfWriter _code = new();
    private readonly List<(int Outcome, BpfTarget Entry)> _written = [];

    internal SeccompEmitter(SeccompPolicy policy, bool answersEnosys)
    {
        _policy = policy;
        _answersEnosys = answersEnosys;
        _outcomes = new SeccompOutcomes(policy);
    }

    /// <summary>Writes the program.</summary>
    internal byte[] Emit(SeccompArchitecture native, bool x86, bool x32)
    {
        // Backwards: what runs last is written first. A call of an architecture the profile does not list ends the
        // thread, since its numbers mean something else.
        BpfTarget next = BpfTarget.Return(SeccompNames.KillThread);
        if (native == SeccompArchitecture.Arm64)
        {
            next = _code.Branch(BpfWriter.JumpEqual, AuditArm64, Section(Numbers(SeccompArchitecture.Arm64)), next);
        }
        else
        {
            BpfTarget? narrow = x86 ? Section(Numbers(SeccompArchitecture.X86)) : null;
            BpfTarget wide = Section(NumbersOfX64(x32));
            next = narrow is BpfTarget target ? _code.Branch(BpfWriter.JumpEqual, AuditX86, target, next) : next;
            next = _code.Branch(BpfWriter.JumpEqual, AuditX64, wide, next);
        }

        _code.FallInto(next);
        _code.Load(ArchitectureOffset);
        return _code.ToBytes();
    }

    private SeccompSegments Numbers(SeccompArchitecture architecture)
    {
        SeccompSegments segments = new();
        AddNumbers(segments, architecture, 0);
        return segments;
    }

    private SeccompSegments NumbersOfX64(bool x32)
    {
        SeccompSegments segments = Numbers(SeccompArchitecture.X64);
        if (x32)
        {
            AddNumbers(segments, SeccompArchitecture.X32, X32Bit);
        }
        else
        {
            // -1 is no x32 call but a number that a tracer made invalid to skip the call.
            segments.From(X32Bit, _outcomes.Return(SeccompNames.KillThread));
            segments.From(uint.MaxValue, _outcomes.Return(_policy.DefaultAction));
        }

        return segments;
    }

    private void AddNumbers(SeccompSegments segments, SeccompArchitecture architecture, uint bit)
    {
        ReadOnlySpan<ushort> places = SyscallTable.ByNumber(architecture);
        int unnamed = _outcomes.Return(_policy.DefaultAction);
        int last = 0;
        for (int number = 0; number < places.Length; number++)
        {
            int place = places[number] - 1;
            segments.From(bit + (uint)number, place < 0 ? unnamed : _outcomes.Of(place, architecture));
            last = place >= 0 && _policy.IsNamed(place) ? number : last;
        }

        segments.From(bit + (uint)places.Length, unnamed);
        if (_answersEnosys && last > 0)
        {
            segments.CutFrom(bit + (uint)last + 1);
            segments.From(bit + (uint)last + 1, _outcomes.Return(SeccompNames.Error | Enosys));
        }
    }

    private BpfTarget Section(SeccompSegments segments)
    {
        BpfTarget tree = Tree(segments, 0, segments.Count);
        if (tree.IsReturn)
        {
            return tree;
        }

        _code.FallInto(tree);
        _code.Load(NumberOffset);
        return _code.Here();
    }

    private BpfTarget Tree(SeccompSegments segments, int first, int end)
    {
        if (end - first == 1)
        {
            return Leaf(segments[first].Outcome);
        }

        int middle = (first + end) / 2;
        BpfTarget high = Tree(segments, middle, end);
        BpfTarget low = Tree(segments, first, middle);
        return _code.Branch(BpfWriter.JumpGreaterOrEqual, segments[middle].Start, high, low);
    }

    private BpfTarget Leaf(int outcome)
    {
        SeccompOutcomes.Outcome plan = _outcomes[outcome];
        if (plan.Count == 0)
        {
            return BpfTarget.Return(plan.Action);
        }

        foreach ((int done, BpfTarget entry) in _written)
        {
            if (done == outcome)
            {
                return entry;
            }
        }

        BpfTarget next = BpfTarget.Return(plan.Action);
        for (int i = plan.Count - 1; i >= 0; i--)
        {
            next = Try(_outcomes.TrialAt(plan.First + i), plan.IsNarrow, next);
        }

        _written.Add((outcome, next));
        return next;
    }

    private BpfTarget Try(SeccompOutcomes.Trial trial, bool isNarrow, BpfTarget otherwise)
    {
        SeccompRule rule = _policy[trial.Rule];
        ReadOnlySpan<SeccompCondition> conditions = _policy.ConditionsOf(rule);
        BpfTarget matched = BpfTarget.Return(rule.Action);
        if (trial.SubCall != 0)
        {
            // The arguments lie behind a pointer that no filter can follow: conditions on them cannot be asked.
            SeccompCondition call = new(0, SeccompComparison.Equal, trial.SubCall, 0);
            return Ask(call, isNarrow, matched, otherwise);
        }

        if (rule.AnyOf)
        {
            for (int i = conditions.Length - 1; i >= 0; i--)
            {
                otherwise = Ask(conditions[i], isNarrow, matched, otherwise);
            }

            return otherwise;
        }

        for (int i = conditions.Length - 1; i >= 0; i--)
        {
            matched = Ask(conditions[i], isNarrow, matched, otherwise);
        }

        return matched;
    }

    private BpfTarget Ask(SeccompCondition condition, bool isNarrow, BpfTarget yes, BpfTarget no)
    {
        switch (condition.Comparison)
        {
            case SeccompComparison.Equal:
                return Masked(condition.Index, ulong.MaxValue, condition.Value, isNarrow, yes, no);
            case SeccompComparison.NotEqual:
                return Masked(condition.Index, ulong.MaxValue, condition.Value, isNarrow, no, yes);
            case SeccompComparison.MaskedEqual:
                // Both sides are masked: seccomp_rule_add(3).
                return Masked(condition.Index, condition.Value, condition.Value & condition.Second, isNarrow, yes, no);
            case SeccompComparison.Greater:
                return Ordered(condition, BpfWriter.JumpGreater, isNarrow, yes, no);
            case SeccompComparison.GreaterOrEqual:
                return Ordered(condition, BpfWriter.JumpGreaterOrEqual, isNarrow, yes, no);
            case SeccompComparison.Less:
                return Ordered(condition, BpfWriter.JumpGreaterOrEqual, isNarrow, no, yes);
            default:
                return Ordered(condition, BpfWriter.JumpGreater, isNarrow, no, yes);
        }
    }

    // Little-endian: the low half of a 64-bit argument comes first.
    private static uint LowOffset(byte index) => ArgumentsOffset + (8u * index);

    private BpfTarget Masked(byte index, ulong mask, ulong value, bool isNarrow, BpfTarget yes, BpfTarget no)
    {
        BpfTarget low = MaskedHalf(LowOffset(index), (uint)mask, (uint)value, yes, no);
        return isNarrow ? low : MaskedHalf(LowOffset(index) + 4, (uint)(mask >> 32), (uint)(value >> 32), low, no);
    }

    private BpfTarget MaskedHalf(uint offset, uint mask, uint value, BpfTarget yes, BpfTarget no)
    {
        if (mask == 0)
        {
            return yes;
        }

        _ = _code.Branch(BpfWriter.JumpEqual, value, yes, no);
        if (mask != uint.MaxValue)
        {
            _code.And(mask);
        }

        _code.Load(offset);
        return _code.Here();
    }

    private BpfTarget Ordered(SeccompCondition condition, ushort jump, bool isNarrow, BpfTarget yes, BpfTarget no)
    {
        uint offset = LowOffset(condition.Index);
        uint high = (uint)(condition.Value >> 32);
        _ = _code.Branch(jump, (uint)condition.Value, yes, no);
        _code.Load(offset);
        if (isNarrow)
        {
            return _code.Here();
        }

        BpfTarget equal = _code.Branch(BpfWriter.JumpEqual, high, _code.Here(), no);
        _ = _code.Branch(BpfWriter.JumpGreater, high, yes, equal);
        _code.Load(offset + 4);
        return _code.Here();
    }
}
