using Hull.Linux;

namespace Hull.Runtime.Container.Cgroups;

/// <summary>Whether this user is one who may be without cgroups.</summary>
internal static class CgroupPermission
{
    /// <summary>
    /// An ordinary user, and root of a user namespace, who is one for the host, do without the hierarchies they may not write.
    /// </summary>
    internal static CgroupMode Mode => KernelProcess.EffectiveUserId != 0 || OwnUserNamespace.IsNested
        ? CgroupMode.WherePermitted
        : CgroupMode.Required;
}
