namespace Hull.Runtime.Container;

/// <summary>Who makes a container's cgroup.</summary>
public enum CgroupManagement
{
    /// <summary>This runtime, in the cgroup file system.</summary>
    Direct,

    /// <summary>systemd, as a unit of its own; <c>linux.cgroupsPath</c> is <c>slice:prefix:name</c>.</summary>
    Systemd,

    /// <summary>Nobody: the container stays in its starter's cgroup.</summary>
    Disabled,
}
