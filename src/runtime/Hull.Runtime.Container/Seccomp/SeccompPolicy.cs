using System.Runtime.InteropServices;
using Hull.Oci.Runtime;

namespace Hull.Runtime.Container.Seccomp;

/// <summary>A profile whose words have been checked and turned into numbers; rules hang off the calls they name.</summary>
internal sealed class SeccompPolicy
{
    private const int MaxArguments = 6;
    private const int MaxConditions = 4096;
    private const int None = -1;

    private readonly List<SeccompRule> _rules = [];
    private readonly List<SeccompCondition> _conditions = [];
    private readonly List<(int Rule, int Next)> _links = new(512);
    private readonly int[] _heads = new int[SyscallTable.Count];
    private readonly int[] _tails = new int[SyscallTable.Count];
    private readonly bool[] _named = new bool[SyscallTable.Count];

    private SeccompPolicy(SeccompSpec spec)
    {
        Array.Fill(_heads, None);
        DefaultAction = SeccompNames.ActionOf(spec.DefaultAction, spec.DefaultErrnoRet);
        if (DefaultAction == SeccompNames.Notify)
        {
            throw SeccompNames.Invalid("'SCMP_ACT_NOTIFY' cannot be the seccomp default action: the start of the container itself would wait for the agent.");
        }

        foreach (SyscallRuleSpec rule in spec.Syscalls ?? [])
        {
            Add(rule ?? throw SeccompNames.Invalid("A rule of the seccomp profile is null; remove it."));
        }
    }

    /// <summary>What happens to a call no rule matches.</summary>
    internal uint DefaultAction { get; }

    /// <summary>Whether a rule hands calls to an agent.</summary>
    internal bool Notifies { get; private set; }

    /// <summary>Checks a profile's rules.</summary>
    /// <exception cref="HullException">A word is unknown or a number out of range.</exception>
    internal static SeccompPolicy Read(SeccompSpec spec) => new(spec);

    /// <summary>Whether any rule names the call, even to no effect.</summary>
    internal bool IsNamed(int place) => _named[place];

    /// <summary>The conditions of a rule.</summary>
    internal ReadOnlySpan<SeccompCondition> ConditionsOf(SeccompRule rule) =>
        CollectionsMarshal.AsSpan(_conditions).Slice(rule.First, rule.Count);

    /// <summary>A rule by its number.</summary>
    internal SeccompRule this[int rule] => _rules[rule];

    /// <summary>Lists the rules of a call in the profile's order.</summary>
    internal void ListRules(int place, List<int> rules)
    {
        for (int link = _heads[place]; link != None; link = _links[link].Next)
        {
            rules.Add(_links[link].Rule);
        }
    }

    /// <summary>Whether a call has a rule that matters.</summary>
    internal bool HasRules(int place) => _heads[place] != None;

    private void Add(SyscallRuleSpec spec)
    {
        uint action = SeccompNames.ActionOf(spec.Action, spec.ErrnoRet);
        int first = _conditions.Count;
        bool anyOf = ReadConditions(spec.Args ?? []);

        // A rule that does what happens anyway is dropped: other runtimes do, and profiles rely on it.
        int rule = action == DefaultAction ? None : _rules.Count;
        if (rule != None)
        {
            _rules.Add(new SeccompRule(action, first, _conditions.Count - first, anyOf));
        }

        foreach (string name in spec.Names ?? [])
        {
            if (string.IsNullOrEmpty(name))
            {
                throw SeccompNames.Invalid("The seccomp profile names an empty system call; remove it.");
            }

            Link(name, rule, action);
        }
    }

    private void Link(string name, int rule, uint action)
    {
        // A call this build has never heard of exists on no architecture here, or is newer than the table: the
        // default action covers it, as in other runtimes.
        int place = SyscallTable.Find(name);
        if (place < 0)
        {
            return;
        }

        _named[place] = true;
        if (rule == None)
        {
            return;
        }

        if (action == SeccompNames.Notify)
        {
            Notifies = true;
            if (SyscallTable.NameAt(place).SequenceEqual("write"u8))
            {
                throw SeccompNames.Invalid("The seccomp action SCMP_ACT_NOTIFY cannot be used for the write syscall: the start of the container itself would wait for the agent.");
            }
        }

        _links.Add((rule, None));
        int link = _links.Count - 1;
        if (_heads[place] == None)
        {
            _heads[place] = link;
        }
        else
        {
            _links[_tails[place]] = (_links[_tails[place]].Rule, link);
        }

        _tails[place] = link;
    }

    private bool ReadConditions(IReadOnlyList<SyscallArgumentSpec> arguments)
    {
        int seen = 0;
        bool repeated = false;
        foreach (SyscallArgumentSpec argument in arguments)
        {
            if (argument is null || argument.Index >= MaxArguments)
            {
                throw SeccompNames.Invalid($"The seccomp argument index '{argument?.Index}' is not within 0 to 5.");
            }

            if (_conditions.Count == MaxConditions)
            {
                throw SeccompNames.Invalid($"The seccomp profile has more than {MaxConditions} argument conditions.");
            }

            _conditions.Add(new SeccompCondition(
                (byte)argument.Index, SeccompNames.ComparisonOf(argument.Op), argument.Value, argument.ValueTwo));
            repeated |= (seen & (1 << (int)argument.Index)) != 0;
            seen |= 1 << (int)argument.Index;
        }

        // Two conditions on one argument in one rule mean "either", in every condition of that rule: what runc and
        // crun have always made of it.
        return repeated;
    }
}
