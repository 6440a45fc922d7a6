using Hull.Oci.Runtime;

namespace Hull.Runtime.Container.Cgroups;

/// <summary>A list of allow and deny rules reduced to what it means: a default and the exceptions from it.</summary>
/// <remarks>
/// Source: OCI runtime specification 1.2, config-linux.md, "Allowed Device list"; the kernel's devices controller keeps the
/// same form. Rules apply in order. A rule that the form cannot hold is an error, because a container with more devices than
/// its specification says would be worse.
/// </remarks>
internal sealed class DeviceRules
{
    /// <summary>What runc allows each container after its own rules; images rely on it.</summary>
    private static readonly DeviceRule[] s_defaults =
    [
        new('c', DeviceRule.Any, DeviceRule.Any, DeviceAccess.MakeNode),
        new('b', DeviceRule.Any, DeviceRule.Any, DeviceAccess.MakeNode),
        new('c', 1, 3, DeviceAccess.All), // null
        new('c', 1, 8, DeviceAccess.All), // random
        new('c', 1, 7, DeviceAccess.All), // full
        new('c', 5, 0, DeviceAccess.All), // tty
        new('c', 1, 5, DeviceAccess.All), // zero
        new('c', 1, 9, DeviceAccess.All), // urandom
        new('c', 136, DeviceRule.Any, DeviceAccess.All), // pseudo-terminals
        new('c', 5, 2, DeviceAccess.All), // ptmx
    ];

    private readonly List<DeviceRule> _exceptions = new(16);

    /// <summary>Whether a device without an exception may be used.</summary>
    internal bool AllowsByDefault { get; private set; }

    /// <summary>Denied when <see cref="AllowsByDefault"/>, allowed otherwise.</summary>
    internal IReadOnlyList<DeviceRule> Exceptions => _exceptions;

    /// <summary>Reads a specification's rules and adds runc's default devices. Without rules everything else is denied.</summary>
    internal static DeviceRules Create(IReadOnlyList<DeviceRuleSpec> rules)
    {
        DeviceRules result = new();
        for (int i = 0; i < rules.Count; i++)
        {
            result.Apply(rules[i]);
        }

        foreach (DeviceRule each in s_defaults)
        {
            result.Apply(allow: true, each);
        }

        return result;
    }

    private void Apply(DeviceRuleSpec rule)
    {
        DeviceAccess access = DeviceRule.ParseAccess(rule.Access, rule);
        long major = NumberOf(rule.Major, rule);
        long minor = NumberOf(rule.Minor, rule);
        switch (rule.Type)
        {
            case "c" or "u":
                Apply(rule.Allow, new DeviceRule('c', major, minor, access));
                return;
            case "b":
                Apply(rule.Allow, new DeviceRule('b', major, minor, access));
                return;
            case null or "" or "a" when major == DeviceRule.Any && minor == DeviceRule.Any && access == DeviceAccess.All:
                _exceptions.Clear();
                AllowsByDefault = rule.Allow;
                return;
            case null or "" or "a":
                Apply(rule.Allow, new DeviceRule('c', major, minor, access));
                Apply(rule.Allow, new DeviceRule('b', major, minor, access));
                return;
            default:
                throw new HullException(
                    ErrorKind.InvalidArgument, $"The type '{rule.Type}' of a device rule is invalid: use 'a', 'b' or 'c'.");
        }
    }

    private void Apply(bool allow, in DeviceRule rule)
    {
        if (allow != AllowsByDefault)
        {
            AddException(rule);
        }
        else
        {
            RemoveException(allow, rule);
        }
    }

    private void AddException(in DeviceRule rule)
    {
        for (int i = 0; i < _exceptions.Count; i++)
        {
            if (_exceptions[i].SameDevices(rule))
            {
                _exceptions[i] = rule with { Access = _exceptions[i].Access | rule.Access };
                return;
            }
        }

        _exceptions.Add(rule);
    }

    private void RemoveException(bool allow, in DeviceRule rule)
    {
        for (int i = _exceptions.Count - 1; i >= 0; i--)
        {
            DeviceRule each = _exceptions[i];
            if (rule.Covers(each))
            {
                DeviceAccess rest = each.Access & ~rule.Access;
                if (rest == DeviceAccess.None)
                {
                    _exceptions.RemoveAt(i);
                }
                else
                {
                    _exceptions[i] = each with { Access = rest };
                }
            }
            else if (each.Covers(rule) && (each.Access & rule.Access) != 0)
            {
                throw new HullException(
                    ErrorKind.InvalidArgument,
                    $"The device rule '{(allow ? "allow" : "deny")} {rule}' cannot be set: an earlier rule for '{each}' is wider.");
            }
        }
    }

    private static long NumberOf(long? number, DeviceRuleSpec rule) => number switch
    {
        null or DeviceRule.Any => DeviceRule.Any,
        >= 0 and <= uint.MaxValue => number.Value,
        _ => throw new HullException(
            ErrorKind.InvalidArgument, $"The device number '{number}' of a rule of type '{rule.Type}' is invalid."),
    };
}
