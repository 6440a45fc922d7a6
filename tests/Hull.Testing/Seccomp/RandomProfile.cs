using Hull.Oci.Runtime;

namespace Hull.Testing.Seccomp;

/// <summary>Makes profiles and calls from a seed, near the values where decisions change.</summary>
internal sealed class RandomProfile(int seed)
{
    private static readonly string[] s_operators =
        ["SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ"];

    private static readonly string[] s_actions =
    [
        "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_LOG",
        "SCMP_ACT_NOTIFY", "SCMP_ACT_TRACE", "SCMP_ACT_TRAP",
    ];

    private static readonly ulong[] s_values =
    [
        0, 1, 2, 40, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x100000000, 0x100000001, 0x1FFFFFFFF, 0x7E020000,
        0x8000000000000000, 0xFFFFFFFF00000000, 0xFFFFFFFFFFFFFFFE, ulong.MaxValue,
    ];

    private readonly Random _random = new(seed);
    private SeccompSpec? _operandsOf;
    private ulong[] _operands = [];

    /// <summary>A profile in which rules of one call may overlap and contradict each other.</summary>
    internal SeccompSpec MakeOverlapping(string[] names, int maxRules) => Wrap(
    [
        .. Enumerable.Range(0, _random.Next(maxRules + 1)).Select(_ => new SyscallRuleSpec
        {
            Names = [.. Enumerable.Range(0, _random.Next(1, 5)).Select(_ => Pick(names)).Where(name => name != "write")],
            Action = Pick(s_actions),
            ErrnoRet = Errno(),
            Args = Arguments(),
        }),
    ]);

    /// <summary>An overlapping profile that a process survives and whose every answer it can see.</summary>
    internal SeccompSpec MakeHarmless(string[] names, int maxRules)
    {
        SeccompSpec spec = MakeOverlapping(names, maxRules);
        return spec with
        {
            DefaultAction = "SCMP_ACT_ALLOW",
            Architectures = ["SCMP_ARCH_X86_64"],
            Syscalls = [.. (spec.Syscalls ?? []).Select(rule => rule with
            {
                Action = Pick<string>(["SCMP_ACT_ERRNO", "SCMP_ACT_ERRNO", "SCMP_ACT_TRAP", "SCMP_ACT_TRACE", "SCMP_ACT_LOG"]),
                ErrnoRet = (uint)_random.Next(200, 4000),
            })],
        };
    }

    /// <summary>
    /// A profile libseccomp gets right: rules of one call agree on the action, and at most one has conditions, on
    /// different arguments or for equality only. Its argument tree (2.5.4) confuses ranges of one argument.
    /// </summary>
    internal SeccompSpec Make(string[] names, int maxRules)
    {
        Dictionary<string, (string Action, uint? Errno)> actions = [];
        HashSet<string> conditional = [];
        List<SyscallRuleSpec> rules = [];
        int count = _random.Next(maxRules + 1);
        for (int i = 0; i < count; i++)
        {
            string first = Pick(names);
            if (!actions.TryGetValue(first, out (string Action, uint? Errno) action))
            {
                action = (Pick(s_actions), Errno());
            }

            string[] group = [.. Enumerable.Range(0, _random.Next(1, 5)).Select(_ => Pick(names)).Append(first)
                .Where(name => name != "write" && actions.TryAdd(name, action) | actions[name] == action).Distinct()];
            SyscallArgumentSpec[] arguments = Arguments();
            if (arguments.DistinctBy(argument => argument.Index).Count() < arguments.Length)
            {
                arguments = [.. arguments.Select(argument => argument with { Op = "SCMP_CMP_EQ" })];
            }

            group = arguments.Length > 0 ? [.. group.Where(conditional.Add)] : group;
            rules.Add(new SyscallRuleSpec { Names = group, Action = action.Action, ErrnoRet = action.Errno, Args = arguments });
        }

        return Wrap(rules);
    }

    private SeccompSpec Wrap(IReadOnlyList<SyscallRuleSpec> rules)
    {
        string[] architectures = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"];
        return new SeccompSpec
        {
            DefaultAction = Pick([.. s_actions.Where(action => action != "SCMP_ACT_NOTIFY")]),
            DefaultErrnoRet = Errno(),
            Architectures = [.. architectures.Where(_ => _random.Next(2) == 0)],
            ListenerPath = "/run/agent.sock",
            Syscalls = rules,
        };
    }

    /// <summary>An argument near one of the profile's operands.</summary>
    internal ulong Argument(SeccompSpec spec)
    {
        if (!ReferenceEquals(spec, _operandsOf))
        {
            _operandsOf = spec;
            _operands = [.. (spec.Syscalls ?? []).SelectMany(rule => rule.Args ?? []).SelectMany(argument => (ulong[])[argument.Value, argument.ValueTwo])];
        }

        ulong value = _operands.Length > 0 && _random.Next(3) > 0 ? Pick(_operands) : Pick(s_values);
        return _random.Next(4) switch
        {
            0 => value + 1,
            1 => value - 1,
            2 => value ^ (1ul << _random.Next(64)),
            _ => value,
        };
    }

    internal T Pick<T>(T[] from) => from[_random.Next(from.Length)];

    private uint? Errno() => _random.Next(3) == 0 ? null : (uint)_random.Next(1, 134);

    private SyscallArgumentSpec[] Arguments()
    {
        int count = _random.Next(3) == 0 ? _random.Next(1, 5) : 0;
        return [.. Enumerable.Range(0, count).Select(_ => new SyscallArgumentSpec
        {
            Index = (uint)_random.Next(6),
            Op = Pick(s_operators),
            Value = Pick(s_values),
            ValueTwo = Pick(s_values),
        })];
    }
}
