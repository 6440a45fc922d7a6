namespace Hull.Runtime.Security;

/// <summary>What a user asked for: <c>--cap-add</c>, <c>--cap-drop</c> and <c>--privileged</c>.</summary>
/// <remarks>The arithmetic is Docker's. Source: docker container run, "Runtime privilege and Linux capabilities".</remarks>
public sealed record CapabilityRequest
{
    private const string Everything = "ALL";

    /// <summary>Names to add; <c>ALL</c> for every one.</summary>
    public IReadOnlyList<string> Add { get; init; } = [];

    /// <summary>Names to take away; <c>ALL</c> for every one.</summary>
    public IReadOnlyList<string> Drop { get; init; } = [];

    /// <summary>Whether to give every capability, whatever else was asked.</summary>
    public bool IsPrivileged { get; init; }

    /// <summary>The set the container gets.</summary>
    /// <param name="available">What this host can give: the caller's bounding set.</param>
    /// <exception cref="HullException">A name is unknown, or the host cannot give what was asked by name.</exception>
    public CapabilitySet Resolve(CapabilitySet available)
    {
        (CapabilitySet added, bool addsAll) = Read(Add);
        (CapabilitySet dropped, bool dropsAll) = Read(Drop);
        CapabilitySet missing = added.Without(available);
        if (missing.Count > 0)
        {
            throw new HullException(
                ErrorKind.FailedPrecondition,
                $"The capability '{missing}' cannot be added: it is not in this host's bounding set.");
        }

        if (IsPrivileged)
        {
            return available;
        }

        // With ALL on one side, the other side names the exceptions; ALL on both means all but what is dropped by name.
        return addsAll ? available.Without(dropped)
            : dropsAll ? added
            : CapabilitySet.ContainerDefault.Intersect(available).Without(dropped).With(added);
    }

    private static (CapabilitySet Set, bool All) Read(IReadOnlyList<string> names)
    {
        CapabilitySet set = CapabilitySet.None;
        bool all = false;
        foreach (string name in names)
        {
            if (string.Equals(name, Everything, StringComparison.OrdinalIgnoreCase))
            {
                all = true;
            }
            else if (CapabilityNames.TryParse(name, out Capability capability))
            {
                set = set.With(CapabilitySet.Of(capability));
            }
            else
            {
                throw new HullException(
                    ErrorKind.InvalidArgument,
                    $"The capability '{name}' is unknown; use a name such as 'NET_ADMIN', or 'ALL'.");
            }
        }

        return (set, all);
    }
}
