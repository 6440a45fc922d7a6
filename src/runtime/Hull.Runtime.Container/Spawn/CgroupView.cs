namespace Hull.Runtime.Container.Spawn;

/// <summary>One part of a mount of type cgroup.</summary>
/// <param name="Name">The directory below the mount; empty for the mount itself (cgroup v2).</param>
/// <param name="HostDirectory">The host's directory that is bound there.</param>
/// <param name="Link">When not null: make a symbolic link with this target instead.</param>
public sealed record CgroupView(string Name, string HostDirectory, string? Link = null);
