namespace Hull.Runtime.Container.Cgroups;

/// <summary>One mounted hierarchy of cgroups.</summary>
public sealed class CgroupHierarchy
{
    internal CgroupHierarchy(string key, string mountPoint, CgroupControllers controllers, bool isUnified)
    {
        Key = key;
        MountPoint = mountPoint;
        Controllers = controllers;
        IsUnified = isUnified;
    }

    /// <summary>
    /// Names it in saved state: the controllers as <c>/proc/self/cgroup</c> lists them (<c>cpu,cpuacct</c>,
    /// <c>name=systemd</c>), empty for the unified hierarchy.
    /// </summary>
    public string Key { get; }

    /// <summary>Where it is mounted; absolute, without a slash at the end.</summary>
    public string MountPoint { get; }

    /// <summary>The controllers it has.</summary>
    public CgroupControllers Controllers { get; }

    /// <summary>True for version 2.</summary>
    public bool IsUnified { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{(IsUnified ? "unified" : Key)} at {MountPoint}";
}
