using Hull.Oci.Runtime;
using Hull.Runtime.Container.Seccomp;

namespace Hull.Testing.Seccomp;

/// <summary>What a profile says about one x86-64 call, read off the rules one by one: slow, and plainly right.</summary>
internal static class ProfileMeaning
{
    internal static uint Decide(SeccompSpec spec, string name, ReadOnlySpan<ulong> arguments)
    {
        uint otherwise = SeccompNames.ActionOf(spec.DefaultAction, spec.DefaultErrnoRet);
        List<(uint Action, IReadOnlyList<SyscallArgumentSpec> Conditions)> rules = [];
        foreach (SyscallRuleSpec rule in spec.Syscalls ?? [])
        {
            uint action = SeccompNames.ActionOf(rule.Action, rule.ErrnoRet);
            if (action != otherwise && rule.Names!.Contains(name))
            {
                rules.Add((action, rule.Args ?? []));
            }
        }

        foreach ((uint action, IReadOnlyList<SyscallArgumentSpec> conditions) in rules)
        {
            if (conditions.Count == 0)
            {
                return action;
            }
        }

        foreach ((uint action, IReadOnlyList<SyscallArgumentSpec> conditions) in rules)
        {
            int held = 0;
            foreach (SyscallArgumentSpec condition in conditions)
            {
                held += Holds(condition, arguments[(int)condition.Index]) ? 1 : 0;
            }

            bool anyOf = conditions.Select(condition => condition.Index).Distinct().Count() < conditions.Count;
            if (anyOf ? held > 0 : held == conditions.Count)
            {
                return action;
            }
        }

        return otherwise;
    }

    private static bool Holds(SyscallArgumentSpec condition, ulong argument) => condition.Op switch
    {
        "SCMP_CMP_NE" => argument != condition.Value,
        "SCMP_CMP_LT" => argument < condition.Value,
        "SCMP_CMP_LE" => argument <= condition.Value,
        "SCMP_CMP_EQ" => argument == condition.Value,
        "SCMP_CMP_GE" => argument >= condition.Value,
        "SCMP_CMP_GT" => argument > condition.Value,
        _ => (argument & condition.Value) == (condition.ValueTwo & condition.Value),
    };
}
