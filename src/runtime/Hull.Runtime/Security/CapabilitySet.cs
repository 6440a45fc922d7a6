using System.Numerics;

namespace Hull.Runtime.Security;

/// <summary>A set of capabilities, as the kernel's 64-bit mask.</summary>
/// <param name="Mask">Bit n stands for <see cref="Capability"/> n.</param>
public readonly record struct CapabilitySet(ulong Mask)
{
    /// <summary>No capability.</summary>
    public static CapabilitySet None => default;

    /// <summary>Every capability this build knows; a kernel or a bounding set may have fewer.</summary>
    public static CapabilitySet Known => new((1ul << CapabilityNames.All.Count) - 1);

    /// <summary>What a container gets when nobody asks for more or less: the set Docker gives.</summary>
    public static CapabilitySet ContainerDefault { get; } = Of(
        Capability.AuditWrite,
        Capability.Chown,
        Capability.DacOverride,
        Capability.Fowner,
        Capability.Fsetid,
        Capability.Kill,
        Capability.Mknod,
        Capability.NetBindService,
        Capability.NetRaw,
        Capability.Setfcap,
        Capability.Setgid,
        Capability.Setpcap,
        Capability.Setuid,
        Capability.SysChroot);

    /// <summary>How many there are.</summary>
    public int Count => BitOperations.PopCount(Mask);

    /// <summary>A set of the given ones.</summary>
    public static CapabilitySet Of(params ReadOnlySpan<Capability> capabilities)
    {
        ulong mask = 0;
        foreach (Capability capability in capabilities)
        {
            mask |= 1ul << (int)capability;
        }

        return new CapabilitySet(mask);
    }

    /// <summary>Reads names of a config.json. Names nobody knows are left out, as runc does, and reported.</summary>
    /// <param name="names">Exact names; null is none.</param>
    /// <param name="unknown">Receives the names that were left out.</param>
    public static CapabilitySet FromNames(IEnumerable<string>? names, ICollection<string>? unknown = null)
    {
        ulong mask = 0;
        foreach (string name in names ?? [])
        {
            if (CapabilityNames.TryFind(name, out Capability capability))
            {
                mask |= 1ul << (int)capability;
            }
            else
            {
                unknown?.Add(name);
            }
        }

        return new CapabilitySet(mask);
    }

    /// <summary>Whether one is in the set.</summary>
    public bool Has(Capability capability) => (Mask & (1ul << (int)capability)) != 0;

    /// <summary>Those in either.</summary>
    public CapabilitySet With(CapabilitySet other) => new(Mask | other.Mask);

    /// <summary>Those here and not in the other.</summary>
    public CapabilitySet Without(CapabilitySet other) => new(Mask & ~other.Mask);

    /// <summary>Those in both.</summary>
    public CapabilitySet Intersect(CapabilitySet other) => new(Mask & other.Mask);

    /// <summary>The names, in the order of the kernel's numbers.</summary>
    public IReadOnlyList<string> ToNames()
    {
        List<string> names = new(Count);
        for (int bit = 0; bit < CapabilityNames.All.Count; bit++)
        {
            if (Has((Capability)bit))
            {
                names.Add(CapabilityNames.All[bit]);
            }
        }

        return names;
    }

    /// <summary>The names, parted by commas.</summary>
    public override string ToString() => string.Join(',', ToNames());
}
