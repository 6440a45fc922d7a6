namespace Hull.Runtime.Container.Cgroups;

/// <summary>How a machine's cgroups are mounted.</summary>
public enum CgroupLayout
{
    /// <summary>No cgroups are mounted.</summary>
    None,

    /// <summary>Version 1 hierarchies only.</summary>
    Legacy,

    /// <summary>Version 1 hierarchies, and a version 2 hierarchy beside them with few or no controllers.</summary>
    Hybrid,

    /// <summary>Version 2 only.</summary>
    Unified,
}
