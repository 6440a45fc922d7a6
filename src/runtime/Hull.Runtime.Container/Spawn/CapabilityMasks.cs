using Hull.Oci.Runtime;
using Hull.Runtime.Security;

namespace Hull.Runtime.Container.Spawn;

/// <summary>The five capability sets as bit masks, without what the runtime itself does not have.</summary>
/// <param name="Bounding">What may ever be gained.</param>
/// <param name="Effective">What is in force.</param>
/// <param name="Permitted">What may be put in force.</param>
/// <param name="Inheritable">What an exec may pass on.</param>
/// <param name="Ambient">What an exec keeps without file capabilities.</param>
internal readonly record struct CapabilityMasks(ulong Bounding, ulong Effective, ulong Permitted, ulong Inheritable, ulong Ambient)
{
    /// <summary>Reads the sets; names that no kernel knows are ignored, as runc and crun do.</summary>
    internal static CapabilityMasks Of(CapabilitiesSpec? sets, ulong available)
    {
        if (sets is null)
        {
            return default;
        }

        ulong inheritable = MaskOf(sets.Inheritable) & available;
        ulong permitted = MaskOf(sets.Permitted) & available;

        // An ambient capability must be permitted and inheritable; runtimes add it to neither, the kernel then refuses.
        return new CapabilityMasks(
            MaskOf(sets.Bounding), MaskOf(sets.Effective) & permitted, permitted, inheritable, MaskOf(sets.Ambient) & available);
    }

    /// <summary>Warns of what the sets ask for and the process will not have.</summary>
    internal static void Warn(IRuntimeLog? log, CapabilitiesSpec sets, CapabilityMasks masks)
    {
        if (log is null)
        {
            return;
        }

        ulong refused = MaskOf(sets.Ambient) & ~(masks.Permitted & masks.Inheritable);
        for (int number = 0; number < CapabilityNames.All.Count; number++)
        {
            if ((refused & (1ul << number)) != 0)
            {
                log.Warn($"can't raise ambient capability {CapabilityNames.All[number]}: it must be permitted and inheritable too");
            }
        }

        SortedSet<string>? unknown = null;
        AddUnknown(sets.Bounding, ref unknown);
        AddUnknown(sets.Effective, ref unknown);
        AddUnknown(sets.Permitted, ref unknown);
        AddUnknown(sets.Inheritable, ref unknown);
        AddUnknown(sets.Ambient, ref unknown);
        if (unknown is not null)
        {
            log.Warn($"ignoring unknown capabilities: [{string.Join(' ', unknown)}]");
        }
    }

    private static void AddUnknown(IReadOnlyList<string>? names, ref SortedSet<string>? unknown)
    {
        for (int i = 0; i < (names?.Count ?? 0); i++)
        {
            if (!CapabilityNames.TryFind(names![i], out _)) // Within the count.
            {
                (unknown ??= new SortedSet<string>(StringComparer.Ordinal)).Add(names[i]);
            }
        }
    }

    private static ulong MaskOf(IReadOnlyList<string>? names)
    {
        ulong mask = 0;
        for (int i = 0; i < (names?.Count ?? 0); i++)
        {
            mask |= CapabilityNames.TryFind(names![i], out Capability capability) ? 1ul << (int)capability : 0;
        }

        return mask;
    }
}
