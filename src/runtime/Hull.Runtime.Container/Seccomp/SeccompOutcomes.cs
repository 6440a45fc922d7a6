namespace Hull.Runtime.Container.Seccomp;

/// <summary>What can happen to a call: a plain return, or a list of rules to try. Equal outcomes share one number.</summary>
internal sealed class SeccompOutcomes(SeccompPolicy policy)
{
    private readonly List<Outcome> _outcomes = [];
    private readonly List<Trial> _trials = [];
    private readonly List<Trial> _scratch = [];
    private readonly List<int> _rules = [];

    /// <summary>The number of the outcome "return this".</summary>
    internal int Return(uint action)
    {
        for (int i = 0; i < _outcomes.Count; i++)
        {
            if (_outcomes[i].Count == 0 && _outcomes[i].Action == action)
            {
                return i;
            }
        }

        _outcomes.Add(new Outcome(action, 0, 0, IsNarrow: false));
        return _outcomes.Count - 1;
    }

    /// <summary>The number of the outcome of a call.</summary>
    internal int Of(int place, SeccompArchitecture architecture)
    {
        bool multiplexes = architecture == SeccompArchitecture.X86 && SyscallMultiplexer.IsMultiplexer(place);
        if (!policy.HasRules(place) && !multiplexes)
        {
            return Return(policy.DefaultAction);
        }

        _scratch.Clear();
        if (CollectAndFindUnconditional(place, call: 0) is uint always)
        {
            return Return(always);
        }

        if (multiplexes)
        {
            foreach ((int subPlace, uint call) in SyscallMultiplexer.SubCalls(place))
            {
                _ = CollectAndFindUnconditional(subPlace, call);
            }
        }

        // On 32-bit conventions the kernel hands over 32 meaningful bits an argument.
        return _scratch.Count == 0
            ? Return(policy.DefaultAction)
            : Intern(architecture is SeccompArchitecture.X86 or SeccompArchitecture.X32);
    }

    /// <summary>The outcome with a number.</summary>
    internal Outcome this[int outcome] => _outcomes[outcome];

    /// <summary>The rule to try in a place of an outcome's list.</summary>
    internal Trial TrialAt(int index) => _trials[index];

    // An unconditional rule makes the others of its call pointless, wherever it stands: the first such rule decides.
    private uint? CollectAndFindUnconditional(int place, uint call)
    {
        _rules.Clear();
        policy.ListRules(place, _rules);
        foreach (int rule in _rules)
        {
            if (policy[rule].Count == 0)
            {
                if (call == 0)
                {
                    return policy[rule].Action;
                }

                _scratch.Add(new Trial(rule, call));
                return null;
            }
        }

        foreach (int rule in _rules)
        {
            _scratch.Add(new Trial(rule, call));
        }

        return null;
    }

    private int Intern(bool isNarrow)
    {
        for (int i = 0; i < _outcomes.Count; i++)
        {
            Outcome outcome = _outcomes[i];
            if (outcome.Count == _scratch.Count && outcome.IsNarrow == isNarrow && HasTrials(outcome))
            {
                return i;
            }
        }

        _outcomes.Add(new Outcome(policy.DefaultAction, _trials.Count, _scratch.Count, isNarrow));
        _trials.AddRange(_scratch);
        return _outcomes.Count - 1;
    }

    private bool HasTrials(Outcome outcome)
    {
        for (int i = 0; i < _scratch.Count; i++)
        {
            if (_trials[outcome.First + i] != _scratch[i])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>One outcome: rules to try in order, and what is returned when none matches.</summary>
    /// <param name="Action">The return value when no rule matches; with no rules, always.</param>
    /// <param name="First">Place of the first rule to try.</param>
    /// <param name="Count">How many rules to try.</param>
    /// <param name="IsNarrow">Whether arguments have 32 bits.</param>
    internal readonly record struct Outcome(uint Action, int First, int Count, bool IsNarrow);

    /// <summary>One rule to try.</summary>
    /// <param name="Rule">Its number in the policy.</param>
    /// <param name="SubCall">The sub-call of an i386 multiplexer that it is meant for; 0: not multiplexed.</param>
    internal readonly record struct Trial(int Rule, uint SubCall);
}
