namespace Hull.Runtime.Container.Cgroups;

/// <summary>What to do where this user may not make cgroups.</summary>
public enum CgroupMode
{
    /// <summary>Fail.</summary>
    Required,

    /// <summary>Do without the hierarchies that cannot be written; limits that need one of them still fail.</summary>
    WherePermitted,
}
