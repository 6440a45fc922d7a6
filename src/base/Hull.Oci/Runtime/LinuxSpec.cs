namespace Hull.Oci.Runtime;

/// <summary>What only Linux has.</summary>
/// <remarks>Source: OCI runtime specification 1.2, config-linux.md.</remarks>
public sealed record LinuxSpec
{
    /// <summary>User ids of a new user namespace.</summary>
    public IReadOnlyList<IdMappingSpec>? UidMappings { get; set; }

    /// <summary>Group ids of a new user namespace.</summary>
    public IReadOnlyList<IdMappingSpec>? GidMappings { get; set; }

    /// <summary>Kernel parameters, by dotted name.</summary>
    public IReadOnlyDictionary<string, string>? Sysctl { get; set; }

    /// <summary>Cgroup limits.</summary>
    public LinuxResources? Resources { get; set; }

    /// <summary>Path of the cgroup; relative and absolute as the specification tells.</summary>
    public string? CgroupsPath { get; set; }

    /// <summary>Namespaces to create or join; absent types are shared with the runtime.</summary>
    public IReadOnlyList<NamespaceSpec>? Namespaces { get; set; }

    /// <summary>Device nodes to make.</summary>
    public IReadOnlyList<DeviceSpec>? Devices { get; set; }

    /// <summary>Host network devices moved into the network namespace, by host name.</summary>
    public IReadOnlyDictionary<string, NetDeviceSpec>? NetDevices { get; set; }

    /// <summary>System call filter.</summary>
    public SeccompSpec? Seccomp { get; set; }

    /// <summary>Propagation of the root: <c>private</c>, <c>slave</c>, <c>shared</c>, <c>unbindable</c>.</summary>
    public string? RootfsPropagation { get; set; }

    /// <summary>Paths that must not be readable inside.</summary>
    public IReadOnlyList<string>? MaskedPaths { get; set; }

    /// <summary>Paths that must not be writable inside.</summary>
    public IReadOnlyList<string>? ReadonlyPaths { get; set; }

    /// <summary>SELinux context of mounts.</summary>
    public string? MountLabel { get; set; }

    /// <summary>Cache and memory bandwidth allocation.</summary>
    public IntelRdtSpec? IntelRdt { get; set; }

    /// <summary>Execution domain.</summary>
    public PersonalitySpec? Personality { get; set; }

    /// <summary>Clock offsets of a new time namespace: <c>monotonic</c>, <c>boottime</c>.</summary>
    public IReadOnlyDictionary<string, TimeOffsetSpec>? TimeOffsets { get; set; }

    /// <summary>NUMA memory policy.</summary>
    public MemoryPolicySpec? MemoryPolicy { get; set; }
}
