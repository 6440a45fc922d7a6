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
