using Hull.Linux;
using Hull.Oci.Runtime;

namespace Hull.Runtime.Jail;

/// <summary>A program to start in a jail, and the little that it has there.</summary>
public sealed record JailPlan
{
    /// <summary>Names the process among those of one machine.</summary>
    public required string Name { get; init; }

    /// <summary>The machine's directory that dies with the boot; the jail's own files lie in it.</summary>
    public required string State { get; init; }

    /// <summary>The program: a static executable.</summary>
    public required string Program { get; init; }

    /// <summary>Its arguments, without its name.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>Who it is; null to stay the caller, who is not root, in a user namespace with nobody else.</summary>
    public JailUser? User { get; init; }

    /// <summary>What becomes its descriptors 0, 1, 2, …</summary>
    public required IReadOnlyList<FileDescriptor> Descriptors { get; init; }

    /// <summary>The system calls it may make.</summary>
    public required SeccompSpec Calls { get; init; }

    /// <summary>The capabilities it keeps.</summary>
    public IReadOnlyList<string> Capabilities { get; init; } = [];

    /// <summary>What it sees of the host besides itself; each shown read-only.</summary>
    public IReadOnlyList<MountSpec> Mounts { get; init; } = [];

    /// <summary>Most files it may have open.</summary>
    public ulong MaxFiles { get; init; } = 1024;

    /// <summary>Its cgroup, from the mount point of each hierarchy on.</summary>
    public required string CgroupPath { get; init; }

    /// <summary>What the cgroup allows: bytes of memory, the guest's included.</summary>
    public required long MemoryBytes { get; init; }

    /// <summary>What the cgroup allows: thousandths of a processor; 0 for no limit.</summary>
    public long MilliProcessors { get; init; }
}
