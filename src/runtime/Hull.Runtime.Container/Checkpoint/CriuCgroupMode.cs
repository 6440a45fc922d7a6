namespace Hull.Runtime.Container.Checkpoint;

/// <summary>What CRIU does about cgroups and their limits. Source: CRIU's rpc.proto, <c>criu_cg_mode</c>.</summary>
public enum CriuCgroupMode
{
    /// <summary>Nothing: processes stay in the cgroup that the runtime made.</summary>
    Ignore = 0,

    /// <summary>Requires the cgroups to exist and moves processes there.</summary>
    None = 1,

    /// <summary>Restores limits of cgroups that exist.</summary>
    Props = 2,

    /// <summary>Makes missing cgroups and restores the limits of those.</summary>
    Soft = 3,

    /// <summary>Makes missing cgroups and restores all limits.</summary>
    Full = 4,

    /// <summary>Fails where a cgroup exists.</summary>
    Strict = 5,
}
